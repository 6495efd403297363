// The Recording Monitor (domain.md, "Recording Monitor"): which calls are recorded now, which are
// not and why. Types only: association/monitor.ts keeps it, the HTTP API serves it at
// GET /api/v1/monitor, the console shows it.
import type { AssociationFacts } from "./association-facts.ts";
import type { Outcome, Why } from "./outcome.ts";

/** What a row says of its call. */
export interface MonitorCall {
  readonly callKey: string | null;
  readonly deviceCallIds: readonly string[];
  /** Host of the IP Office as configured; of an orphan, the address that it came from. */
  readonly pbx: string;
  readonly direction: "inbound" | "outbound" | "tandem" | "internal" | null;
  readonly callingParty: string;
  readonly receivingParty: string;
  /** ISO 8601: of the call, in the list Record of the recording. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** The title of the deciding rule; null when none decided. */
  readonly rule: string | null;
  /** Why it stands in this list, for people: the rule's title where one decided. */
  readonly reason: string;
}

/** A port in use: a recording that goes on. */
export interface RecordRow extends MonitorCall {
  /** From 1; a port that becomes free is given to the next recording. */
  readonly port: number;
  readonly recordingKey: string;
  readonly liveStreamId: string | null;
  readonly part: number | null;
  readonly agent: string | null;
  readonly extension: string | null;
  readonly isPaused: boolean;
}

/** A call that met a negative rule, or no rule. */
export interface UnrecordedRow extends MonitorCall {
  /** Why it is not kept, in a word. */
  readonly decision: "negative" | "none" | "no-rules";
  readonly isOver: boolean;
}

/** Wanted, but not recorded. */
export interface FailedRow extends MonitorCall {
  readonly part: number | null;
  readonly agent: string | null;
  readonly extension: string | null;
  readonly recordingKey: string | null;
  readonly why: Why;
  readonly remedy: string;
}

export interface MonitorLists {
  readonly version: 1;
  /** When it was so. */
  readonly at: string;
  /** By port. */
  readonly record: readonly RecordRow[];
  /** Newest first, as the next two: calls that go on, and the last ones that are over. */
  readonly dontRecord: readonly UnrecordedRow[];
  readonly other: readonly UnrecordedRow[];
  readonly failed: readonly FailedRow[];
}

/** A recording that goes on, as the monitor is told of it. */
export interface ActiveRecording {
  readonly recordingKey: string;
  readonly liveStreamId: string | null;
  readonly isPaused: boolean;
  readonly beganTimeMs: number;
  readonly association: AssociationFacts | null;
}

/** A recording that is complete. */
export interface FinishedRecording {
  readonly recordingKey: string;
  readonly outcome: Outcome;
  readonly why: Why | null;
  readonly beganTimeMs: number;
  readonly durationMs: number;
  readonly callKey: string | null;
  readonly part: number | null;
  readonly agent: string | null;
  readonly extension: string | null;
  readonly parties: readonly string[];
}

export interface RecordingMonitor {
  lists(): MonitorLists;
}
