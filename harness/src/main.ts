// Entry of the `testbed` command line: arguments and environment in, exit code out.
import { runCli } from "./cli/cli.ts";
import { ignoreClosedPipe } from "./cli/closed-pipe.ts";

ignoreClosedPipe(process.stdout);
ignoreClosedPipe(process.stderr);
process.exitCode = await runCli(process.argv.slice(2));
