// A part: one stretch of a conversation that is recorded from one agent's end. Data only; the
// commander moves its state, association/ its place.
import type { WantedPart } from "../facts-contract.ts";
import type { ModelCall } from "../calls/call-model.ts";
import type { Why } from "../outcome.ts";
import type { Timer } from "../ports/index.ts";

/**
 * waiting (to ask again) → requested → accepted (the INVITE is awaited) → recording → over; or
 * failed. `passive`: nothing can be asked now; the PBX may call by itself.
 */
export type PartState =
  "waiting" | "requested" | "accepted" | "recording" | "passive" | "failed" | "over";

/** A wish that forbids recording; a `why` of outcome "blocked". */
export type Block = "privacy" | "consent";

export interface Part extends WantedPart {
  /** Another one when the PBX turns out to record this end under a stream of before a restart. */
  liveStreamId: string;
  /** Their extension until the user list brings the name. */
  agent: string;
  /** The call in which the recorded end is now. */
  call: ModelCall;
  /** Another one when the agent comes back by another end (unpark). */
  endId: string;
  readonly beganMs: number;
  endedMs: number | null;
  state: PartState;
  block: Block | null;
  /** A negative rule has stopped it. */
  isStoppedByRule: boolean;
  recordingKey: string | null;
  /** Its recording before, whose INVITE the PBX gave up; another one is a part of its own. */
  givenUpKey: string | null;
  isRecordingEnded: boolean;
  /** When its first SIP call came; null = never. */
  recordingBeganMs: number | null;
  /** When its last SIP call ended. */
  recordingEndedMs: number | null;
  /** How long nothing was recorded before it; null = it is the first, or never began. */
  gapMs: number | null;
  /** When the last START was sent, negative for never; rung 4 looks back 5 s. */
  requestedMs: number;
  /** The stream id is of before a restart; its SIP call may be lost. */
  isAdopted: boolean;
  retries: number;
  sipRetries: number;
  /** The refusal that a retry may still mend. */
  pendingFailure: { readonly why: Why; readonly detail: string } | null;
  failure: { readonly why: Why; readonly outcome: "failed" | "blocked" | "discarded" } | null;
  timer: Timer | null;
}

export type PartBeginning = Pick<
  Part,
  | "liveStreamId"
  | "callKey"
  | "part"
  | "deviceCallId"
  | "endId"
  | "agent"
  | "extension"
  | "pbx"
  | "call"
  | "beganMs"
>;

/** A part of which nothing has been asked yet. */
export function newPart(beginning: PartBeginning): Part {
  return {
    ...beginning,
    endedMs: null,
    state: "passive",
    block: null,
    isStoppedByRule: false,
    recordingKey: null,
    givenUpKey: null,
    isRecordingEnded: false,
    recordingBeganMs: null,
    recordingEndedMs: null,
    gapMs: null,
    requestedMs: -1,
    isAdopted: false,
    retries: 0,
    sipRetries: 0,
    pendingFailure: null,
    failure: null,
    timer: null,
  };
}

/** "A failed part keeps its number": the same end and stream, recorded once more, is the next. */
export function nextAttempt(part: Part, number: number): Part {
  return {
    ...part,
    part: number,
    beganMs: part.recordingEndedMs ?? part.beganMs,
    recordingKey: null,
    givenUpKey: null,
    isRecordingEnded: false,
    recordingBeganMs: null,
    recordingEndedMs: null,
    gapMs: null,
    failure: null,
    timer: null,
  };
}
