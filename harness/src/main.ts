// Entry of the `testbed` command line: arguments and environment in, exit code out.
import { runCli } from "./cli/cli.ts";

process.exitCode = await runCli(process.argv.slice(2));
