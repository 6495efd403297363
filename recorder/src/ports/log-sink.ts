// The log port: where finished log lines go. Formatting is the logger's work, rotation the sink's.

/** One of the log files of design.md §5. */
export type LogFile =
  | "library.log"
  | "server.log"
  | "cd3_log"
  | "server_edition/events.log"
  | "server_edition/call_center.log";

export interface LogSink {
  /** `line` has no newline at its end. Never throws, never blocks. */
  write(file: LogFile, line: string): void;
  close(): Promise<void>;
}
