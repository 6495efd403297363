// The commands for finding faults: inspect, bundle, log-filter (R18, R19, R20, R24).
import type { Command } from "commander";
import type { Environment } from "./cli.ts";
import { inspectCommand } from "./inspect.ts";
import { logFilterCommand } from "./log-filter.ts";

const CONFIG_OPTION = [
  "-c, --config <file>",
  "configuration (recorder.example.yaml)",
  "recorder.yaml",
] as const;

interface Options {
  readonly config: string;
  readonly json?: boolean;
}

/** Adds them to the program; `exit` takes the exit code. */
export function addSupportCommands(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("inspect <file>")
    .description("show a journal (.vrtx, .tmpvrtx) as a person reads it")
    .option("--json", "print one JSON document")
    .action(async (file: string, options: { json?: boolean }) =>
      exit(await inspectCommand(file, options.json === true)),
    );
  program
    .command("log-filter [name] [level]")
    .description("switch a log filter of the running recorder; without a name, show them all")
    .option(...CONFIG_OPTION)
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleOf('log-filter "DevLink Active Recording" debug'))
    .action(async (name: string | undefined, level: string | undefined, options: Options) => {
      const { config, json = false } = options;
      const wanted = { config, name: name ?? null, level: level ?? null, isJson: json };
      exit(await logFilterCommand(wanted, environment));
    });
}

function exampleOf(command: string): string {
  return `\nExample:\n  tapeline-recorder ${command} --config recorder.yaml`;
}
