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

export interface LogOptions {
  readonly file: LogFile;
  readonly level: LogLevel;
}

export function createLogger(
  options: LogOptions,
  ports: { readonly clock: Clock; readonly log: LogSink },
): Logger {
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"at":"${new Date(ports.clock.wallTimeMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ["password", "*.password", "key", "authorization"], censor: "***" },
    },
    { write: (line: string) => ports.log.write(options.file, line.trimEnd()) },
  );
  return wrap(root);
}

function wrap(inner: PinoLogger): Logger {
  return {
    debug: (message, fields) => inner.debug(fields ?? {}, message),
    info: (message, fields) => inner.info(fields ?? {}, message),
    warn: (message, fields) => inner.warn(fields ?? {}, message),
    error: (message, fields) => inner.error(fields ?? {}, message),
    child: (fields) => wrap(inner.child({ ...fields })),
  };
}
