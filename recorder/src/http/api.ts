// What the HTTP side needs of the recorder: one narrow interface, so that routes know no services.
// Types only.
import type { LinkStatus } from "../facts-contract.ts";
import type { Metrics } from "../metrics.ts";
import type { CatalogQuery, CatalogRow } from "../ports/index.ts";
import type { ListenerSink } from "../live/listener-queue.ts";
import type { PauseAnswer } from "../recording/pause-requests.ts";
import type { RecordingView } from "../recording/recordings.ts";
import type { DriveStatus } from "../storage/storage-service.ts";

export interface Readiness {
  readonly isReady: boolean;
  readonly sip: string;
  readonly rtp: string;
  readonly liveDirectory: string;
  readonly links: readonly LinkStatus[];
}

export interface AuditEntry {
  readonly by: string;
  readonly action: string;
  readonly target: string;
  readonly result: string;
}

export type Listening =
  | { readonly ok: true; readonly onDrained: () => void; readonly stop: () => void }
  | {
      readonly ok: false;
      readonly code: "not-found" | "limit-per-recording" | "limit-in-all";
    };

export interface RecorderApi {
  readonly metrics: Metrics;
  readiness(): Readiness;
  activeRecordings(): readonly RecordingView[];
  drives(): readonly DriveStatus[];
  /** Recordings that are complete but in no pool yet. */
  pendingStores(): number;
  searchRecordings(query: CatalogQuery): Promise<readonly CatalogRow[]>;
  findRecording(recordingKey: string): Promise<CatalogRow | null>;
  /** The bytes of a stored `.spx`. */
  readStored(row: CatalogRow): Promise<Uint8Array>;
  /** `target`: a recordingKey or a liveStreamId. */
  pause(target: string, action: "pause" | "resume", by: string): Promise<PauseAnswer>;
  /** `target` as above. */
  listen(target: string, sink: ListenerSink): Listening;
  audit(entry: AuditEntry): void;
}
