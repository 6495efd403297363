// The five log files of design.md §5 ("Logs"), each with its form: pino lines behind filters that
// are switched at run time, records as they came, raw bytes enough to replay.
import { createLogger, type Logger } from "./log.ts";
import { DEVLINK_FILTER, FilterLevels, type LogFilterName, type LogLevels } from "./log-filters.ts";
import { LogTags, MAXIMUM_TAGGED_RECORDINGS } from "./log-tags.ts";
import type { Metrics } from "./metrics.ts";
import type { Clock, LogSink } from "./ports/index.ts";

export interface RecorderLogs {
  /** library.log: what has no narrower filter. */
  readonly library: Logger;
  readonly sip: Logger;
  readonly recordings: Logger;
  readonly storage: Logger;
  /** server.log: DevLink events and the requests to start and stop recordings (R18). */
  readonly server: Logger;
  readonly callCenter: Logger;
  /** server_edition/events.log: one line a record. */
  readonly event: (line: string) => void;
  /** cd3_log of one PBX: time, PBX, direction, raw bytes in hex. */
  readonly rawStream: (pbx: string) => (direction: "in" | "out", bytes: Uint8Array) => void;
  /** Levels of library.log and server.log, switched from the next line on. */
  readonly filters: FilterLevels;
}

export function createLogs(
  levels: LogLevels,
  ports: { readonly clock: Clock; readonly log: LogSink; readonly metrics?: Metrics },
): RecorderLogs {
  const stamp = (): string => new Date(ports.clock.wallTimeMs()).toISOString();
  const filters = new FilterLevels(levels);
  const tags = new LogTags(MAXIMUM_TAGGED_RECORDINGS, () =>
    ports.metrics?.increment("log_tags_forgotten_total"),
  );
  const behind = (file: "library.log" | "server.log", filter: LogFilterName): Logger =>
    createLogger({ file, level: filters.gate(filter), tags }, ports).child({ filter });
  return {
    library: behind("library.log", "Recording Library"),
    sip: behind("library.log", "Recording Library > SIP"),
    recordings: behind("library.log", "Recording Library > Recordings"),
    storage: behind("library.log", "Recording Library > Storage"),
    server: behind("server.log", DEVLINK_FILTER),
    callCenter: createLogger(
      { file: "server_edition/call_center.log", level: "info", tags },
      ports,
    ),
    event: (line) => ports.log.write("server_edition/events.log", `${stamp()} ${line}`),
    rawStream: (pbx) => (direction, bytes) => {
      const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
      ports.log.write("cd3_log", `${stamp()} ${pbx} ${direction} ${hex}`);
    },
    filters,
  };
}
