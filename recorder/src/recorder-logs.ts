// The five log files of design.md §5 ("Logs"), each with its form: pino lines, records as they
// came, raw bytes enough to replay.
import { createLogger, type LogGate, type Logger, type LogLevel } from "./log.ts";
import type { Clock, LogSink } from "./ports/index.ts";

/** The name of the filter as the guide spells it (R18). */
export const DEVLINK_FILTER =
  "Recording Library > Server Edition > DevLink Active Recording" as const;

export interface RecorderLogs {
  readonly library: Logger;
  readonly server: Logger;
  readonly callCenter: Logger;
  /** server_edition/events.log: one line a record. */
  readonly event: (line: string) => void;
  /** cd3_log of one PBX: time, PBX, direction, raw bytes in hex. */
  readonly rawStream: (pbx: string) => (direction: "in" | "out", bytes: Uint8Array) => void;
  /** Another level for library.log and server.log, from the next line on. */
  readonly setLevel: (level: LogLevel) => void;
}

export function createLogs(
  level: LogLevel,
  ports: { readonly clock: Clock; readonly log: LogSink },
): RecorderLogs {
  const stamp = (): string => new Date(ports.clock.wallTimeMs()).toISOString();
  const gate: LogGate = { level };
  return {
    library: createLogger({ file: "library.log", level: gate }, ports),
    server: createLogger({ file: "server.log", level: gate }, ports).child({
      filter: DEVLINK_FILTER,
    }),
    setLevel: (next) => {
      gate.level = next;
    },
    callCenter: createLogger({ file: "server_edition/call_center.log", level: "info" }, ports),
    event: (line) => ports.log.write("server_edition/events.log", `${stamp()} ${line}`),
    rawStream: (pbx) => (direction, bytes) => {
      const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
      ports.log.write("cd3_log", `${stamp()} ${pbx} ${direction} ${hex}`);
    },
  };
}
