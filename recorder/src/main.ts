// Entry of the `tapeline-recorder` command line: arguments and environment in, exit code out.
import { runCli } from "./cli/cli.ts";

// `… --help | head`: the reader has gone; what is left to say is not said.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runCli(process.argv.slice(2), process.env);
