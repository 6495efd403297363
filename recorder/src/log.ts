// The logger: levels and fields over pino, lines to the log port. A line of a recording carries
// the three tags sipCallId, recordingId and liveStreamId (R19).
import { pino, type Logger as PinoLogger } from "pino";
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
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export function createLogger(
  options: LogOptions,
  ports: { readonly clock: Clock; readonly log: LogSink },
): Logger {
  const root = pino(
    {
      // The gate decides, for all children at once; pino's own level is fixed in each child.
      level: "debug",
      base: null,
      timestamp: () => `,"at":"${new Date(ports.clock.wallTimeMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ["password", "*.password", "key", "authorization"], censor: "***" },
    },
    { write: (line: string) => ports.log.write(options.file, line.trimEnd()) },
  );
  return wrap(root, typeof options.level === "string" ? { level: options.level } : options.level);
}

function wrap(inner: PinoLogger, gate: LogGate): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (RANK[level] >= RANK[gate.level]) inner[level](fields ?? {}, message);
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => wrap(inner.child({ ...fields }), gate),
  };
}
