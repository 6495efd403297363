// What really happened, as the simulated IP Office knows it: the yardstick of the checkers.
// Types only. Times are the clock port's monotonic milliseconds.

/** One packet of a recording leg: 20 ms, unless the leg has another ptime. */
export interface SpokenFrame {
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payloadType: number;
  /** When it was handed to the socket. */
  readonly sentMs: number;
  /** The packet's payload; null when the run keeps none (benchmarks: regenerate it from `tag`). */
  readonly payload: Uint8Array | null;
  /** Of the first frame in it. */
  readonly tag: FrameTag;
  /** Spoken, but never handed to the socket (lossRatio): the recorder can only fill it. */
  readonly withheld?: true;
  /** Protected with a key that the recorder was not told (srtpWrongKey): nobody can take it. */
  readonly foreignKey?: true;
  /** Sent after our BYE (rtpAfterByeMs): it may be recorded only if it overtook the BYE. */
  readonly afterBye?: true;
}

/** The latest RTCP receiver report about a leg's stream. */
export interface ReceiverReport {
  readonly atMs: number;
  /** 0–1, since the report before. */
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  /** Extended: cycles in the upper 16 bits. */
  readonly highestSequence: number;
  readonly jitterMs: number;
  /** From LSR and DLSR; null when the recorder has had no sender report. */
  readonly roundTripMs: number | null;
}

/**
 * What can be read from the bytes of one frame alone: the least significant bits of the 160 µ-law
 * bytes spell it (speech.ts). No other sound has a valid one.
 */
export interface FrameTag {
  /** The recording leg's number within its simulated IP Office, from 1. */
  readonly leg: number;
  /** The conversation's number, from 1. */
  readonly conversation: number;
  /** Frame number within the leg, from 0. */
  readonly frame: number;
  /** Voices that are audible, ascending; at most three. A voice belongs to one person. */
  readonly voices: readonly number[];
}

/** A request within a dialog whose stream broke, or could not be made, before its answer came. */
export interface UnsentRequest {
  readonly atMs: number;
  readonly method: string;
  readonly detail: string;
}

export interface TruthLeg {
  readonly leg: number;
  readonly conversation: number;
  /** null when the PBX dials on its own (site option record: always). */
  readonly streamId: string | null;
  readonly sipCallId: string;
  readonly callId: number;
  readonly endId: string;
  readonly extension: string;
  /** When the request for it had come; of one that the PBX dials on its own, when it began. */
  readonly askedMs: number;
  readonly invitedMs: number;
  answeredMs: number | null;
  endedMs: number | null;
  /** "restart": the PBX has forgotten the leg, without a word. */
  endedBy: "pbx" | "recorder" | "refused" | "never-answered" | "restart" | null;
  /** The final SIP status of the INVITE. */
  status: number | null;
  readonly frames: SpokenFrame[];
  /** Its packets are SRTP. */
  readonly srtp?: true;
  /** Absent until the recorder sends one. */
  receiverReport?: ReceiverReport;
  /** Absent while there is none. */
  unsent?: readonly UnsentRequest[];
}

export type TruthEventKind =
  | "offered"
  | "ringing"
  | "answered"
  | "held"
  | "retrieved"
  | "transferred"
  | "joined"
  | "left"
  | "queued"
  | "parked"
  | "voicemail"
  | "ended";

export interface TruthEvent {
  readonly atMs: number;
  readonly kind: TruthEventKind;
  /** Extension, or number of an outside party. */
  readonly party: string;
}

export interface TruthConversation {
  readonly conversation: number;
  /** CallIDs that belonged to it, in order of appearance. */
  readonly callIds: number[];
  readonly events: TruthEvent[];
  readonly legs: TruthLeg[];
  endedMs: number | null;
}

export interface PbxTruth {
  readonly conversations: TruthConversation[];
  /** Extension or outside number → the voice that stands in the tags of its frames. */
  readonly voices: Map<string, number>;
  /** Channels in use, at each change. */
  readonly vcm: {
    readonly atMs: number;
    readonly used: number;
    readonly available: number;
    /** What they were taken for. */
    readonly uses?: Readonly<Record<"call" | "recording" | "queued", number>>;
  }[];
  /** Start requests that were refused, by result code. */
  readonly refusals: {
    readonly atMs: number;
    readonly streamId: string;
    readonly result: number;
  }[];
}
