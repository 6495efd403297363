// The commands for finding faults: inspect, bundle, log-filter (R18, R19, R20, R24).
import { InvalidArgumentError, type Command } from "commander";
import { bundleCommand, DEFAULT_LIMIT_BYTES } from "./bundle.ts";
import type { Environment } from "./cli.ts";
import type { Span } from "../inspect/recording-files.ts";
import { inspectCommand } from "./inspect.ts";
import { CONFIG_OPTION, exampleOf } from "./command-words.ts";
import { logFilterCommand } from "./log-filter.ts";

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
    .command("inspect <file-or-id>")
    .description("show a journal as a person reads it, and all that there is of its recording")
    .option("-c, --config <file>", "configuration; for an id recorder.yaml when not given")
    .option("--json", "print one JSON document")
    .addHelpText("after", exampleOf("inspect 77aa@192.0.2.1 --config recorder.yaml"))
    .action(async (subject: string, options: Partial<Options>) => {
      const { config = null, json = false } = options;
      exit(await inspectCommand({ subject, config, isJson: json }, environment));
    });
  program
    .command("bundle")
    .description("one zip for a fault report: logs, journals, audio, configuration without secrets")
    .option(...CONFIG_OPTION)
    .requiredOption("--out <file>", "the zip; replaced when it is there")
    .option("--from <time>", "only from this time: 2026-11-23T10:00:00Z, or 2026-11-23", timeOf)
    .option("--to <time>", "only up to this time", timeOf)
    .option("--recording <id>", "only this one: recordingKey, SIP Call-ID or liveStreamId")
    .option("--limit <size>", "take no more than this: 500M, 10G", sizeOf, DEFAULT_LIMIT_BYTES)
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      exampleOf("bundle --out fault.zip --from 2026-11-23T10:00:00Z --config recorder.yaml"),
    )
    .action(async (options: BundleCommandOptions) => {
      const { config, out, recording = null, limit: limitBytes, json = false } = options;
      const span = spanOf(options.from, options.to);
      const wanted = { config, out, span, recording, limitBytes, isJson: json };
      exit(await bundleCommand(wanted, environment));
    });
  program
    .command("log-filter [name] [level]")
    .description("switch a log filter of the running recorder; without a name, show them all")
    .option(...CONFIG_OPTION)
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      exampleOf('log-filter "DevLink Active Recording" debug --config recorder.yaml'),
    )
    .action(async (name: string | undefined, level: string | undefined, options: Options) => {
      const { config, json = false } = options;
      const wanted = { config, name: name ?? null, level: level ?? null, isJson: json };
      exit(await logFilterCommand(wanted, environment));
    });
}

interface BundleCommandOptions extends Options {
  readonly out: string;
  readonly from?: number;
  readonly to?: number;
  readonly recording?: string;
  readonly limit: number;
}

/** null: of all times. */
function spanOf(from: number | undefined, to: number | undefined): Span | null {
  if (from === undefined && to === undefined) return null;
  return { fromTimeMs: from ?? 0, toTimeMs: to ?? LAST_TIME_MS };
}

/** The last that a Date can hold. */
const LAST_TIME_MS = 8.64e15;

/** Without a zone it is UTC, as in all files of the recorder. */
function timeOf(text: string): number {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const isEpochMs = /^\d{12,14}$/.test(text);
  const timeMs = isEpochMs ? Number(text) : Date.parse(hasZone || isDay ? text : `${text}Z`);
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new InvalidArgumentError("Write it like 2026-11-23T10:00:00Z.");
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

function sizeOf(text: string): number {
  const [, number, unit] =
    /^(\d{1,9}(?:\.\d{1,3})?) ?(?:([kmgt])(?:i?b)?|b)?$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(number) * (UNIT_BYTES[unit?.toLowerCase() ?? ""] ?? 1));
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError("Write it like 500M or 10G.");
}
