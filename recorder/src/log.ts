// The logger: levels and fields over pino, lines to the log port. A line of a recording carries
// the three tags sipCallId, recordingId and liveStreamId (R19): log-tags.ts fills in those that the
// caller does not know.
import { pino, type Logger as PinoLogger } from "pino";
import type { LogTags } from "./log-tags.ts";
import type { Clock, LogFile, LogSink } from "./ports/index.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Tags and facts of a line. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each line. */
  child(fields: LogFields): Logger;
}

/** The level in force; whoever holds it may change it while loggers write. */
export interface LogGate {
  level: LogLevel;
}

export interface LogOptions {
  readonly file: LogFile;
  readonly level: LogLevel | LogGate;
  /** Without it lines have the tags that their callers give. */
  readonly tags?: LogTags;
}

/** Fields that no line shows; of an object in a field, its password. */
const SECRETS: ReadonlySet<string> = new Set(["password", "key", "authorization"]);
const CENSORED = "***";
const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export function createLogger(
  options: LogOptions,
  ports: { readonly clock: Clock; readonly log: LogSink },
): Logger {
  const root = pino(
    {
      // The gate decides, for all children at once.
      level: "debug",
      base: null,
      timestamp: timestamps(ports.clock),
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => ports.log.write(options.file, line.trimEnd()) },
  );
  const gate = typeof options.level === "string" ? { level: options.level } : options.level;
  return wrap({ root, gate, tags: options.tags ?? null }, {});
}

/** The field with a line's time; lines of one millisecond share its text. */
function timestamps(clock: Clock): () => string {
  let last = { timeMs: Number.NaN, text: "" };
  return () => {
    const timeMs = clock.wallTimeMs();
    if (timeMs === last.timeMs) return last.text;
    last = { timeMs, text: `,"at":"${new Date(timeMs).toISOString()}"` };
    return last.text;
  };
}

/** The line without secrets. pino's own masking takes longer than all the rest of a line. */
function masked(fields: LogFields): LogFields {
  let copy: Record<string, unknown> | null = null;
  for (const [name, value] of Object.entries(fields)) {
    const shown = SECRETS.has(name) ? CENSORED : withoutPassword(value);
    if (shown === value) continue;
    copy ??= { ...fields };
    copy[name] = shown;
  }
  return copy ?? fields;
}

function withoutPassword(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "password"))
    return value;
  return { ...value, password: CENSORED };
}

interface Inner {
  readonly root: PinoLogger;
  readonly gate: LogGate;
  readonly tags: LogTags | null;
}

function wrap(inner: Inner, bound: LogFields): Logger {
  const { root, gate, tags } = inner;
  // What is not written teaches the tags as well: later lines need them.
  tags?.complete(bound);
  const at =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (RANK[level] < RANK[gate.level]) {
        if (typeof fields?.["recordingId"] === "string") tags?.complete(fields);
        return;
      }
      const all = { ...bound, ...fields };
      root[level](masked(tags?.complete(all) ?? all), message);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => wrap(inner, { ...bound, ...fields }),
  };
}
