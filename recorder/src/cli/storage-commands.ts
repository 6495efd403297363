// The commands about stored recordings: verify, reindex, recover.
import type { Command } from "commander";
import type { Environment } from "./cli.ts";
import { CONFIG_OPTION, exampleOf } from "./command-words.ts";
import { recoverCommand } from "./recover.ts";
import { reindexCommand } from "./reindex.ts";
import { verifyCommand } from "./verify.ts";

interface Options {
  readonly config: string;
  readonly json?: boolean;
}

/** Adds them to the program; `exit` takes the exit code. */
export function addStorageCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("verify [keys...]")
    .description("check stored recordings against their journals, and decode them; all, or KEYs")
    .option(...CONFIG_OPTION)
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleOf("verify --config recorder.yaml"))
    .action(async (keys: string[], { config, json }: Options) =>
      exit(await verifyCommand(config, environment, { keys, isJson: json === true })),
    );
  program
    .command("reindex")
    .description("rebuild the catalog from pools, live directory and state")
    .option(...CONFIG_OPTION)
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleOf("reindex --config recorder.yaml"))
    .action(async ({ config, json }: Options) =>
      exit(await reindexCommand(config, environment, json === true)),
    );
  program
    .command("recover")
    .description(
      "finish and store what a crash left in the live directory; the recorder must be off",
    )
    .option(...CONFIG_OPTION)
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleOf("recover --config recorder.yaml"))
    .action(async ({ config, json }: Options) =>
      exit(await recoverCommand(config, environment, json === true)),
    );
}
