// What the HTTP side needs of the recorder: narrow interfaces, so that routes know no services.
// A service that this recorder has not is null, and then its routes are not there. Types only.
import type { Alarm } from "../alarms.ts";
import type { ReconciliationReport } from "../association/reconciliation.ts";
import type { ReportFormat } from "../association/reconciliation-text.ts";
import type { KnownAgent, LinkStatus, OfficeLoad } from "../facts-contract.ts";
import type { LoadPoint, Peak, Span } from "../load-history.ts";
import type { Metrics } from "../metrics.ts";
import type {
  CatalogQuery,
  CatalogRow,
  Clock,
  EventBus,
  ListeningEngine,
  LiveStream,
  Random,
} from "../ports/index.ts";
import type { Logger } from "../log.ts";
import type { ListenerSink } from "../live/listener-queue.ts";
import type { ListenFrom } from "../live/listeners.ts";
import type { PauseAnswer, PauseRequest } from "../recording/pause-requests.ts";
import type { RecordingView } from "../recording/recordings.ts";
import type { RecordingMonitor } from "../recording-monitor.ts";
import type { CallExplanation } from "../rules/explain.ts";
import type { RuleProblem, RulesService } from "../rules-contract.ts";
import type { StorageAdmin } from "../storage/storage-admin.ts";
import type { DriveStatus } from "../storage/storage-service.ts";

export interface Readiness {
  readonly isReady: boolean;
  readonly sip: string;
  readonly rtp: string;
  readonly liveDirectory: string;
  readonly links: readonly LinkStatus[];
}

/** A line of audit.jsonl, but for its time. */
export interface AuditEntry {
  /** Name of the key. */
  readonly by: string;
  readonly action: string;
  readonly target: string;
  readonly result: string;
  readonly keyId?: string;
  readonly role?: string;
  readonly via?: "api" | "console";
  /** Address of the asker. */
  readonly from?: string;
  /** What was asked for in particular: format and range of an export, the reason of a hold. */
  readonly detail?: string;
  /** Of something that lasted: a listen. */
  readonly durationMs?: number;
}

/** A row of calls.jsonl or audit.jsonl. */
export type StateRow = Readonly<Record<string, unknown>>;

/** Looks at rows from the newest back; "stop" ends the reading. */
export type RowVisitor = (row: StateRow) => "go-on" | "stop";

export type Listening =
  | {
      readonly ok: true;
      readonly stream: LiveStream;
      /** To be called when the sink, having refused a message, has room again. */
      readonly onDrained: () => void;
      readonly stop: () => void;
    }
  | {
      readonly ok: false;
      readonly code: "not-found" | "limit-per-recording" | "limit-in-all";
    };

/** Streams that can be heard, and what is announced of them. */
export interface LiveService {
  readonly bus: EventBus;
  /** Over WebRTC; null: over WebSocket only. */
  readonly engine: ListeningEngine | null;
  streams(): readonly LiveStream[];
  /** `target`: a recordingKey or a liveStreamId. */
  listen(target: string, sink: ListenerSink, from: ListenFrom): Listening;
}

export interface FoundRecording {
  /** Of a recording in progress: what is known by now. */
  readonly row: CatalogRow;
  /** SAVED: in a pool. SAVING: complete, in the live directory. RECORDING: in progress. */
  readonly status: "SAVED" | "SAVING" | "RECORDING";
}

/** The audio of a complete recording. Reads reject with a RecorderError when a drive hangs. */
export interface RecordedAudio {
  readonly samples: number;
  /** Size of the `.spx`; null while there is none. */
  readonly spxBytes: number | null;
  readSpx(fromByte: number, toByte: number): Promise<Uint8Array>;
  /** 16-bit samples [from, to). */
  readSamples(from: number, to: number): Promise<Int16Array>;
  close(): Promise<void>;
}

/** What the journal tells beyond the catalog's row. */
export interface RecordingStory {
  readonly sha256: string | null;
  readonly events: readonly {
    readonly eventId: string;
    readonly kind: string;
    readonly fromSample: number;
    readonly toSample: number;
    readonly parties: readonly string[];
  }[];
  /** `toSample` null: paused to the end. */
  readonly pauses: readonly {
    readonly fromSample: number;
    readonly toSample: number | null;
    readonly by: string;
    readonly via: string;
  }[];
  readonly gaps: readonly {
    readonly fromSample: number;
    readonly samples: number;
    readonly cause: string;
  }[];
  /** SIP as it was on the wire, without the keys of SRTP. */
  readonly messages: readonly {
    readonly at: string;
    readonly direction: "in" | "out";
    readonly transport: string;
    readonly from: string;
    readonly to: string;
    readonly text: string;
  }[];
}

export interface HttpSettings {
  /** Name of this recorder: recordingSystemId. */
  readonly recorder: string;
  readonly requestsPerMinute: number;
}

/** A span of calls reconciled with the recordings; the answer is the daily report's JSON. */
export interface Reconciliation {
  report(span: {
    readonly fromTimeMs: number;
    readonly toTimeMs: number;
    /** "2026-11-22", where the span is a day of UTC. */
    readonly day: string | null;
  }): Promise<ReconciliationReport>;
  /** The same for spreadsheets and people, with its media type. */
  print(
    report: ReconciliationReport,
    format: ReportFormat,
  ): { readonly type: string; readonly text: string };
  /** Ties a stored recording to a call of calls.jsonl, or (null) takes such a tie back. */
  associate(recordingKey: string, tie: ManualAssociation): Promise<ManualAnswer>;
}

/** A later association by hand: kept in the state files, not in the journal (design.md §5). */
export interface ManualAssociation {
  readonly callKey: string | null;
  readonly part?: number;
  readonly extension?: string;
  readonly by: string;
}

export type ManualAnswer =
  | { readonly ok: true; readonly callKey: string | null; readonly part: number | null }
  | { readonly ok: false; readonly code: "not-found" | "unknown-call" };

/** Tries rules (null: those in force) on past calls, and changes nothing. */
export type DryRun = (asked: {
  readonly rules: unknown;
  readonly fromTimeMs: number;
  readonly toTimeMs: number;
  /** Calls, the newest first. */
  readonly limit: number;
}) => Promise<
  | {
      readonly ok: true;
      readonly calls: readonly CallExplanation[];
      /** Rows from which no call can be made out. */
      readonly unreadableLines: number;
    }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] }
>;

export interface LogFilter {
  readonly name: string;
  readonly level: "debug" | "info" | "warn" | "error";
}

export interface LogFilters {
  list(): readonly LogFilter[];
  /** False when there is no such filter. */
  set(name: string, level: LogFilter["level"]): boolean;
}

/** A figure now and at its highest since the start; `limit` null: nobody said one. */
export interface Gauge {
  readonly now: number;
  readonly peak: Peak;
  readonly limit: number | null;
}

export interface LoadReport {
  /** Epoch ms; null before the start. */
  readonly startedAtMs: number | null;
  readonly calls: number;
  readonly queued: number;
  readonly recordings: Omit<Gauge, "limit">;
  /** Channels that the busiest IP Office needs (R16). */
  readonly vcm: Gauge;
  /** Bits a second of all recordings, on Ethernet. */
  readonly bandwidth: Gauge;
  readonly offices: readonly OfficeLoad[];
}

/** How much is going on, and how much there was lately. */
export interface SystemLoad {
  report(): LoadReport;
  history(span: Span): readonly LoadPoint[];
}

export interface RecorderApi {
  readonly settings: HttpSettings;
  /** Each request is a line at debug. */
  readonly log?: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly rules: RulesService | null;
  readonly dryRun: DryRun | null;
  readonly monitor: RecordingMonitor | null;
  readonly storage: StorageAdmin | null;
  readonly reconciliation: Reconciliation | null;
  readonly logFilters: LogFilters | null;
  readonly load: SystemLoad | null;
  readiness(): Readiness;
  alarms(): readonly Alarm[];
  activeRecordings(): readonly RecordingView[];
  /** As the user lists of the IP Offices have them. */
  agents(): Promise<readonly KnownAgent[]>;
  drives(): readonly DriveStatus[];
  /** Recordings that are complete but in no pool yet. */
  pendingStores(): number;
  /** The same as rows: the catalog may not have them yet. */
  unstoredRecordings(): readonly CatalogRow[];
  searchRecordings(query: CatalogQuery): Promise<readonly CatalogRow[]>;
  /** Without limit and offset. */
  countRecordings(query: CatalogQuery): Promise<number>;
  /** Also what the catalog does not know (yet): in progress, or not stored. */
  findRecording(recordingKey: string): Promise<FoundRecording | null>;
  /** null when no audio is left, or there never was any. */
  openAudio(row: CatalogRow): Promise<RecordedAudio | null>;
  /** null when the journal cannot be read. */
  storyOf(row: CatalogRow): Promise<RecordingStory | null>;
  /** `target`: a recordingKey or a liveStreamId. */
  pause(target: string, action: "pause" | "resume", request: PauseRequest): Promise<PauseAnswer>;
  readonly live: LiveService;
  /** Rows of calls.jsonl or audit.jsonl, newest first. */
  visitRows(file: "calls" | "audit", visit: RowVisitor): Promise<void>;
  /** Resolves when the line is on the medium, or the disk has made it wait too long. */
  audit(entry: AuditEntry): Promise<void>;
}
