// What association says of a recording, and what it needs to know of one. Types only: the meeting
// point of the two streams (design.md §2).

/** The rungs of devlink3.md §13.6, first hit wins. */
export type Rung = 1 | 2 | 3 | 4 | "orphan";

/** What a SIP recording call shows of itself when it comes in. */
export interface RecordingClues {
  readonly recordingKey: string;
  readonly sipCallId: string;
  /** User part of the request URI. */
  readonly requestUser: string | null;
  /** X-DL3-Stream, X-DL3-Node, X-DL3-Call, X-DL3-End where present, lower-case names. */
  readonly extensionHeaders: Readonly<Record<string, string>>;
  /** Users of From and P-Asserted-Identity. */
  readonly callerUsers: readonly string[];
  /** Address of the signalling peer. */
  readonly sourceHost: string;
}

/** The journal's `association` line (formats.md). */
export interface AssociationFacts {
  readonly rung: Rung;
  readonly late?: true;
  readonly callKey: string | null;
  readonly part: number | null;
  readonly deviceCallId: string | null;
  readonly endId: string | null;
  readonly agent: string | null;
  readonly extension: string | null;
  readonly parties: readonly string[];
  /** The stream id that we gave to the IP Office, when this recording was asked for. */
  readonly liveStreamId: string | null;
  /** From the end of the recorded part before to the beginning of this one. */
  readonly gapMs?: number;
  /** Of this part before its recording began: talk that nobody hears again. */
  readonly missedMs?: number;
  /** Earlier parts of the conversation that have no recording, and so no journal of their own. */
  readonly unrecorded?: readonly UnrecordedPart[];
}

/** A part that was refused or failed before any recording of it began. */
export interface UnrecordedPart {
  readonly part: number;
  readonly agent: string;
  readonly extension: string;
  readonly outcome?: string;
  readonly why?: string;
}

export type CallEventKind =
  "ringing" | "queued" | "talking" | "held" | "parked" | "conference" | "voicemail" | "transferred";

/** A stretch of a call; from its monotonic times the recording reckons samples. */
export interface CallEvent {
  readonly eventId: string;
  readonly kind: CallEventKind;
  readonly fromMs: number;
  readonly toMs: number;
  readonly parties: readonly string[];
}
