// RecorderApi over the recorder's services: what HTTP, command line and testbed may ask.
import type { Alarms } from "./alarms.ts";
import type { RecorderConfig } from "./config.ts";
import type { Facts } from "./facts-contract.ts";
import type { AuditEntry, FoundRecording, RecorderApi } from "./http/api.ts";
import { rowOfView } from "./http/recording-view.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { RecorderPorts } from "./ports/index.ts";
import { RecordingReader } from "./recorder-audio.ts";
import type { RecorderLive } from "./recorder-live.ts";
import type { Recordings, RecordingView } from "./recording/recordings.ts";
import { withDeadline } from "./storage/deadline.ts";
import { visitRowsBackwards } from "./storage/row-reader.ts";
import type { StateFile } from "./storage/state-file.ts";
import type { Storage } from "./storage/storage-service.ts";

/** An answer waits so long for its line of the audit to be on the medium. */
const AUDIT_WAIT_MS = 2_000;

interface Services {
  readonly config: RecorderConfig;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly ports: RecorderPorts;
  readonly recordings: Recordings;
  readonly live: RecorderLive;
  readonly storage: Storage;
  readonly audit: StateFile;
  readonly alarms: Alarms;
  /** null until the recorder has started. */
  readonly facts: () => Facts | null;
  readonly readiness: RecorderApi["readiness"];
}

/** Optional services: null where this recorder has none. */
type Optional = Pick<
  RecorderApi,
  "rules" | "dryRun" | "monitor" | "reconciliation" | "logFilters" | "load"
>;

export function createApi(services: Services, optional: Optional): RecorderApi {
  const { config, metrics, ports, recordings, live, storage, alarms, facts } = services;
  const reader = new RecordingReader(ports, config.live.directory);
  const find = (target: string): RecordingView | undefined =>
    recordings.list().find((view) => view.recordingKey === target || view.liveStreamId === target);
  return {
    ...optional,
    storage,
    settings: {
      recorder: config.recorder.name,
      requestsPerMinute: config.http.requestsPerMinute,
    },
    log: services.log,
    clock: ports.clock,
    random: ports.random,
    metrics,
    readiness: services.readiness,
    alarms: () => alarms.list(),
    activeRecordings: () => recordings.list(),
    agents: () => facts()?.agents() ?? Promise.resolve([]),
    drives: () => storage.drives(),
    pendingStores: () => storage.pending(),
    unstoredRecordings: () => storage.unstored(),
    searchRecordings: (query) => ports.catalog.search(query),
    countRecordings: (query) => ports.catalog.count(query),
    findRecording: (recordingKey) => findRecording(services, recordingKey),
    openAudio: (row) => reader.openAudio(row),
    storyOf: (row) => reader.storyOf(row),
    pause: (target, action, request) =>
      recordings.pause(find(target)?.recordingKey ?? target, action, request),
    live,
    visitRows: (file, visit) =>
      visitRowsBackwards(ports.disk, `${config.state.directory}/${file}.jsonl`, visit),
    audit: (entry) => audit(services, entry),
  };
}

async function findRecording(
  { recordings, storage, ports }: Services,
  recordingKey: string,
): Promise<FoundRecording | null> {
  const view = recordings.list().find((candidate) => candidate.recordingKey === recordingKey);
  if (view !== undefined) return { row: rowOfView(view), status: "RECORDING" };
  const saving = storage.unstored().find((row) => row.recordingKey === recordingKey);
  if (saving !== undefined) return { row: saving, status: "SAVING" };
  const row = await ports.catalog.get(recordingKey);
  if (row === null) return null;
  return { row, status: row.pool === null ? "SAVING" : "SAVED" };
}

/** A disk that hangs must not hang a pause: the line stays queued until it can be written. */
async function audit({ audit: file, ports }: Services, entry: AuditEntry): Promise<void> {
  file.append({ version: 1, at: new Date(ports.clock.wallTimeMs()).toISOString(), ...entry });
  try {
    const deadline = { name: "http.audit", limitMs: AUDIT_WAIT_MS };
    await withDeadline(ports.clock, deadline, file.settled());
  } catch (error) {
    const isLate = error instanceof Error && "code" in error && error.code === "ETIMEDOUT";
    if (!isLate) throw error;
  }
}
