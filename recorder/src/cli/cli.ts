// The `tapeline-recorder` command line (design.md §7): commands, options, help. Each command's work
// is a file of its own.
import { Command, CommanderError } from "commander";
import { RecorderError } from "../errors.ts";
import { checkConfigCommand } from "./check-config.ts";
import { EXIT } from "./exit-codes.ts";
import { healthCommand } from "./health.ts";
import { addKeyCommands } from "./key-commands.ts";
import { addDropValidationCommand } from "./drop-validation.ts";
import { addListenCommand } from "./listen-options.ts";
import { probeCommand } from "./probe.ts";
import { reconcileCommand } from "./reconcile.ts";
import { addResponderCommand } from "./responder.ts";
import { rulesTestCommand } from "./rules-test.ts";
import { setupCommand } from "./setup-command.ts";
import { startCommand } from "./start.ts";
import { addStorageCommands } from "./storage-commands.ts";
import { addSupportCommands } from "./support-commands.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const CONFIG_OPTION = ["-c, --config <file>", "configuration (recorder.example.yaml)"] as const;

/** Runs a command; resolves with its exit code. Never rejects. */
export async function runCli(args: readonly string[], environment: Environment): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(environment, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof RecorderError) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.usage;
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : "bug"}\n`);
    return EXIT.bug;
  }
}

function createProgram(environment: Environment, exit: (code: number) => void): Command {
  const program = new Command("tapeline-recorder")
    .description("A SIP call recorder for Avaya IP Office")
    .exitOverride()
    .showHelpAfterError()
    .addHelpText("after", "\nExample:\n  tapeline-recorder start --config recorder.yaml");
  addStartCommands(program, environment, exit);
  program
    .command("check-config")
    .description("check the configuration; every problem at once, with its remedy")
    .requiredOption(...CONFIG_OPTION)
    .option("--firewall", "print who must reach whom, protocol, port, why")
    .option("--json", "print one JSON document")
    .action(async (options: { config: string; json?: boolean; firewall?: boolean }) => {
      const how = { isJson: options.json === true, isFirewall: options.firewall === true };
      exit(await checkConfigCommand(options.config, environment, how));
    });
  program
    .command("probe")
    .description("log in to each IP Office: version, build, flags, licence, recording control")
    .requiredOption(...CONFIG_OPTION)
    .option("--json", "print one JSON document")
    .action(async (options: { config: string; json?: boolean }) =>
      exit(await probeCommand(options.config, environment, options.json === true)),
    );
  program
    .command("health")
    .description("ask the running recorder whether it can record; exit code 0 or 1")
    .requiredOption(...CONFIG_OPTION)
    .action(async (options: { config: string }) =>
      exit(await healthCommand(options.config, environment)),
    );
  addListenCommand(program, environment, exit);
  addDropValidationCommand(program, environment, exit);
  addResponderCommand(program, environment, exit);
  addSupportCommands(program, environment, exit);
  program
    .command("reconcile")
    .description("the PBX's calls of a day against the recordings, and why one is missing")
    .requiredOption(...CONFIG_OPTION)
    .option("--day <day>", "like 2026-11-22, in UTC (default: today)")
    .option("--format <format>", "json, csv or md", "md")
    .option("--json", "print one JSON document")
    .action(async (options: { config: string; day?: string; format: string; json?: boolean }) => {
      const { config, day = null, json = false } = options;
      const format = json ? "json" : options.format;
      exit(await reconcileCommand({ config, day, format }, environment));
    });
  addStorageCommands(program, environment, exit);
  addKeyCommands(program, environment, exit);
  program
    .command("rules")
    .description("the rules that say which calls are recorded")
    .command("test")
    .description("explain for past calls which rule decides, and why")
    .requiredOption(...CONFIG_OPTION)
    .option("--calls <file>", "a calls.jsonl or a cd3_log (default: calls.jsonl of the state)")
    .option("--json", "print one JSON document")
    .action(async (options: { config: string; calls?: string; json?: boolean }) => {
      const { config, calls = null, json: isJson = false } = options;
      exit(await rulesTestCommand({ config, calls, isJson }, environment));
    });
  for (const command of program.commands) command.exitOverride().showHelpAfterError();
  return program;
}

function addStartCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("start")
    .description("record calls until stopped (SIGTERM, SIGINT)")
    .requiredOption(...CONFIG_OPTION)
    .option("--json", "print one JSON line when ready")
    .action(async (options: { config: string; json?: boolean }) =>
      exit(await startCommand(options.config, environment, options.json === true)),
    );
  program
    .command("setup")
    .description(
      "a first start: make the configuration where there is none, start, set up by browser",
    )
    .requiredOption(...CONFIG_OPTION)
    .action(async (options: { config: string }) =>
      exit(await setupCommand(options.config, environment)),
    );
}
