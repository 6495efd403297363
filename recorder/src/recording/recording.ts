// One recording: its state, and what is known of it. The service in recordings.ts moves it from
// state to state; this file holds the data and the small reckonings on it.
import type { AssociationFacts, CallEvent } from "../association-facts.ts";
import type { EndReason } from "../end-reason.ts";
import type { RulesVerdict } from "../facts-contract.ts";
import type { Logger } from "../log.ts";
import type { Why } from "../outcome.ts";
import type { CatalogRow, RecordingStatistics, Timer } from "../ports/index.ts";
import type { SipSession } from "../sip/session.ts";
import type { OurDescription } from "./our-description.ts";
import { SrtpKeys } from "./srtp-keys.ts";

/**
 * announced → opening → answered → ending → settling → finishing → done. A call that ends before
 * our 200 goes from opening to erasing; a discard is noted before it is finished.
 */
export type RecordingState =
  | "announced"
  | "opening"
  | "answered"
  | "ending"
  | "settling"
  | "noting"
  | "finishing"
  | "erasing"
  | "done";

export interface ClosedAudio {
  readonly samples: number;
  readonly sha256: string;
  readonly startTimeMs: number | null;
  readonly statistics: RecordingStatistics;
}

/** Why there is a recording, where it is not the usual reason. */
export type RecordingPurpose = "validation";

export interface RecordingIdentity {
  readonly recordingKey: string;
  readonly sipCallId: string;
  /** null when a crash ended the dialog and only the files are left. */
  readonly session: SipSession | null;
  readonly beganTimeMs: number;
  /** Set at recovery: the journal's `end` says recovered. */
  readonly recovered: boolean;
  /** Of a journal's header found at recovery: power loss may have taken the association's line. */
  readonly headerStreamId: string | null;
  /** null = a recording like any. */
  readonly purpose: RecordingPurpose | null;
}

export interface Recording extends RecordingIdentity {
  /** Carries the three tags (R19); the stream id once it is known. */
  log: Logger;
  state: RecordingState;
  association: AssociationFacts | null;
  /** Sample and monotonic time of a packet: from them other samples are reckoned. */
  anchor: { readonly sample: number; readonly atMs: number } | null;
  isPaused: boolean;
  /** Title of the rule that holds it paused. */
  pauseRule: string | null;
  readonly degradedBy: Set<Why>;
  verdict: RulesVerdict | null;
  endReason: EndReason | null;
  closed: ClosedAudio | null;
  /** Call events that came after the dialog's end: told when the number of samples is known. */
  heldEvents: CallEvent[];
  readonly description: OurDescription;
  /** Of its SIP messages; hidden in all that is kept of them. */
  readonly srtpKeys: SrtpKeys;
  /** The limit on settling. */
  timer: Timer | null;
}

const SAMPLES_PER_MS = 8;

/** null while it is not known. */
export function streamIdOf(
  recording: Pick<Recording, "association" | "headerStreamId">,
): string | null {
  return recording.association?.liveStreamId ?? recording.headerStreamId;
}

/** What others may see of a recording in progress. */
export interface RecordingView {
  readonly recordingKey: string;
  readonly liveStreamId: string | null;
  readonly sipCallId: string;
  readonly state: string;
  readonly isPaused: boolean;
  readonly beganTimeMs: number;
  readonly association: AssociationFacts | null;
}

/** A recording of which nothing is known yet. */
export function blankRecording(
  identity: RecordingIdentity,
  made: { readonly log: Logger; readonly description: OurDescription },
): Recording {
  return {
    ...identity,
    ...made,
    state: "announced",
    association: null,
    anchor: null,
    isPaused: false,
    pauseRule: null,
    degradedBy: new Set(),
    verdict: null,
    endReason: null,
    closed: null,
    heldEvents: [],
    srtpKeys: new SrtpKeys(),
    timer: null,
  };
}

export function viewOf(recording: Recording): RecordingView {
  const { recordingKey, sipCallId, state, isPaused, beganTimeMs, association } = recording;
  const liveStreamId = streamIdOf(recording);
  return { recordingKey, liveStreamId, sipCallId, state, isPaused, beganTimeMs, association };
}

/** Its SIP call is up, or about to be. */
export function isUp({ state }: Recording): boolean {
  return state === "announced" || state === "opening" || state === "answered";
}

/** The sample at a monotonic time, within what was recorded; 0 while nothing was. */
export function sampleAt(recording: Recording, atMs: number): number {
  const { anchor, closed } = recording;
  if (anchor === null) return 0;
  const sample = Math.round(anchor.sample + (atMs - anchor.atMs) * SAMPLES_PER_MS);
  return Math.max(0, Math.min(sample, closed?.samples ?? Number.MAX_SAFE_INTEGER));
}

/** The catalog's row of a recording whose audio is closed and whose outcome is decided. */
export function catalogRow(
  recording: Recording,
  closed: ClosedAudio,
  decided: { readonly outcome: string; readonly why: string | null },
): CatalogRow {
  const { association, recordingKey, sipCallId, endReason, recovered } = recording;
  return {
    recordingKey,
    callKey: association?.callKey ?? null,
    part: association?.part ?? null,
    startTimeMs: closed.startTimeMs ?? recording.beganTimeMs,
    samples: closed.samples,
    outcome: decided.outcome,
    why: decided.why,
    endReason: endReason ?? "recovered",
    recovered,
    agent: association?.agent ?? null,
    extension: association?.extension ?? null,
    parties: association?.parties ?? [],
    liveStreamId: streamIdOf(recording),
    sipCallId,
    pool: null,
    drive: null,
    path: null,
    bytes: 0,
    loss: closed.statistics.lossRatio,
    mos: closed.statistics.mos,
    rule: recording.verdict?.rule ?? null,
    ...(recording.purpose === null ? {} : { purpose: recording.purpose }),
  };
}
