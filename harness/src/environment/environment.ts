// Where a scenario runs: the virtual world or real sockets, behind one interface. The story
// (story/) is told on it, the checkers read the record that it leaves.
import type { CatalogRow, LogFile } from "@tapeline/recorder/ports";
import type { BundledFile, ConfigurationChange, Flow, Mode, Scenario } from "@tapeline/scenarios";
import type { SwarmPlan } from "@tapeline/simulator/people";
import type { SimulatedIpOffice } from "@tapeline/simulator/pbx";
import type {
  CrashPoint,
  DatagramFaults,
  DatagramFate,
  ReceivedRequest,
  StreamFaults,
} from "@tapeline/simulator/world";
import type { CapturedPacket } from "@tapeline/reports";
import type { Observations, StreamMessage } from "./observations.ts";

/** A step of a story that did not come about in time. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
}

/** A condition; only live mode may take its time to answer. */
export type Condition = () => boolean | Promise<boolean>;

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface HeardAudio {
  readonly target: string;
  readonly from: "now" | "beginning";
  fromSample: number | null;
  readonly pieces: { readonly sample: number; readonly bytes: Uint8Array }[];
  /** What happened to the stream meanwhile, as it was told: "paused", "parties-changed", … */
  readonly news: string[];
  /** As the recorder told them to this ear. */
  lostFrames: number;
  hasEnded: boolean;
  /** The reason that was told; null without one. */
  end: string | null;
  /** By itself, before the end. */
  hasLeft?: boolean;
  leave: () => void;
  /** Takes nothing more, until it goes on. */
  stop: () => void;
  goOn: () => void;
}

/** All that was heard, without what was lost. */
export function heardBytes(pieces: HeardAudio["pieces"]): Uint8Array {
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}

/**
 * What the recorder itself says of a run when all is settled; the checkers hold it to the files.
 */
export interface OwnAccount {
  /** Counters and gauges by name; null where the run cannot read them. */
  readonly metrics: Readonly<Record<string, number>> | null;
  readonly reconciliation: ReconciliationFact;
}

/** The parts of the reconciliation report that are judged. */
export interface ReconciliationFact {
  readonly calls: readonly {
    readonly callKey: string;
    readonly deviceCallIds: readonly string[];
    readonly status: string;
    readonly parts: readonly { readonly recordingKeys: readonly string[] }[];
  }[];
  readonly orphans: readonly { readonly recordingKey: string }[];
}

/** Rows of the catalog that a run may have at most. */
export const CATALOG_ROWS = 1_000;

/** A row of the recorder's catalog: fields by name, whoever tells them (API or HTTP). */
export type CatalogFact = Readonly<Record<string, unknown>> | CatalogRow;

/** Present files of the recorder. */
export interface Files {
  /** Absolute paths of all files below a directory, sorted. */
  list(directory: string): Promise<string[]>;
  read(path: string): Promise<Uint8Array>;
}

export interface Directories {
  readonly live: string;
  readonly pools: readonly string[];
  readonly state: string;
  readonly log: string;
}

export interface Faults {
  datagrams(faults: DatagramFaults): void;
  streams(faults: StreamFaults): void;
  resetStreams(): void;
  cut(isCut: boolean): void;
  /** Only this passes between IP Office and recorder. */
  allowOnly(flows: readonly Flow[]): void;
  driveSpace(driveIndex: number, bytes: number): void;
  /** Calls to it never come back, until healed. */
  freezeDrive(driveIndex: number): void;
  /** Every call to it fails, until healed. */
  loseDrive(driveIndex: number): void;
  healDrive(driveIndex: number): void;
  /** The recorder crashes at one of its disk calls to come. */
  crashAtDiskCall(point: CrashPoint, kind: "process" | "power"): void;
  /** How the receiver of webhooks behaves, until healed. */
  webhookAnswers(how: number | "hang" | "reset"): void;
  slowLiveDisk(byMs: number): void;
  freezeLiveDisk(): void;
  healLiveDisk(): void;
  /** The recorder may open no further file, until healed. */
  exhaustDescriptors(): void;
  stepClock(byMs: number): void;
  heal(): void;
}

export interface Environment {
  readonly mode: Mode;
  readonly scenario: Scenario;
  readonly seed: string;
  /** What a swarm plays in place of the plan of its seed. */
  readonly plan: SwarmPlan | null;
  readonly pbx: SimulatedIpOffice;
  readonly observations: Observations;
  readonly directories: Directories;
  readonly files: Files;
  readonly faults: Faults;
  /**
   * Every datagram with its arrivals, on the clock of the IP Office's truth; empty in live mode
   * without a relay, where the wire is not seen at the recorder's end.
   */
  readonly fates: readonly DatagramFate[];
  /** SIP on streams, likewise; not in live mode. */
  readonly streamMessages?: readonly StreamMessage[];
  /** Datagrams and stream chunks of the IP Office's side, for the capture. */
  readonly packets: readonly CapturedPacket[];
  /** Paths of the files in the live directory, now. */
  livePaths(): readonly string[];
  /** Paths of the files in the pool's drives, now. */
  storedPaths(): readonly string[];
  nowMs(): number;
  /** On the clock of the IP Office's truth. */
  pbxNowMs(): number;
  /**
   * Until when a wait of `limitMs` goes on, by `nowMs`: live, a slow machine gets several times as
   * long, for such a limit catches what hangs, and no test is about a machine's speed.
   */
  deadlineMs(limitMs: number): number;
  /** Rejects with a StepFailure after `limitMs`, by `deadlineMs`. */
  waitFor(what: string, condition: Condition, limitMs: number): Promise<void>;
  sleep(ms: number): Promise<void>;
  /** Runs the story to its end, moving time where time is virtual. */
  drive(story: Promise<void>): Promise<void>;
  note(text: string): void;
  api(method: "GET" | "POST", path: string): Promise<ApiAnswer>;
  listen(target: string, from?: HeardAudio["from"]): Promise<HeardAudio>;
  crash(kind: "process" | "power"): Promise<void>;
  restart(): Promise<void>;
  /** The running recorder takes another configuration. */
  reload(change: ConfigurationChange): Promise<void>;
  /**
   * The running recorder is given a configuration that it refuses; resolves with its problems,
   * each beginning with its path.
   */
  refusedReload(change: ConfigurationChange): Promise<readonly string[]>;
  /** True when nothing is being recorded, compressed or settled any more. */
  isIdle: Condition;
  /** The recorder's catalog now. */
  catalog(): Promise<readonly CatalogFact[]>;
  /** The recorder's own account of the run so far. */
  account(): Promise<OwnAccount>;
  /** Stops recorder and IP Office in order; what is left over is told. */
  stop(): Promise<string[]>;
  recorderLog(): Promise<readonly string[]>;
  /** As it stands in its YAML file; null where a file of it is there anyway (live). */
  configuration(): Readonly<Record<string, unknown>> | null;
  /** The lines of one of its log files. */
  logLines(file: LogFile): Promise<readonly string[]>;
  /** A support bundle, made by the command line. */
  bundle(): Promise<readonly BundledFile[]>;
  /** True once the recorder has logged something with this code of errors.ts. */
  hasLogged(code: string): Condition;
  /** False after a crash, until the next start. */
  isRecorderUp(): boolean;
  /** Messages that the receiver of webhooks has taken. */
  webhooksReceived(): readonly ReceivedRequest[];
  trace(): { readonly hash: string; readonly lines: readonly string[] } | null;
  /**
   * The last lines of the trace up to a moment of the IP Office's clock, null = the end; empty in
   * live mode and where the trace is no longer known.
   */
  traceUntil(atMs: number | null, count: number): readonly string[];
  /** Ends whatever still runs; for failures. Idempotent. */
  abandon(): Promise<void>;
}
