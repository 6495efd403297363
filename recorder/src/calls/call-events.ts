// The events of a call: stretches of ringing, queueing, talking, holding and so on, with monotonic
// times; what recordings are tied to (R7). A stage: changes in, finished events out.
import type { CallEvent, CallEventKind } from "../association-facts.ts";
import type { DetailRecord } from "../devlink3/delta3-record.ts";
import { attachedDetail, attachedParties, type ModelCall } from "./model-call.ts";
import {
  isAlerting,
  isConference,
  isConnected,
  isHeld,
  isParkSlot,
  isTalking,
  isVoicemail,
  partiesOf,
  partyLabel,
} from "./party.ts";

const TRANSFER_CAUSE = 126;
/** Finished events that one call keeps for recordings that come late. */
const EVENTS_KEPT = 1_000;

interface Timeline {
  readonly finished: CallEvent[];
  current: CallEvent | null;
  count: number;
}

/** What a call is doing, by its snapshot; null while it is only being set up. */
export function kindOf(detail: DetailRecord): CallEventKind | null {
  const parties = partiesOf(detail);
  const connected = parties.filter(isConnected);
  if (connected.some(isConference)) return "conference";
  if (connected.some(isVoicemail)) return "voicemail";
  if (connected.some(isParkSlot)) return "parked";
  if (detail.call.queue === 1 || detail.call.queue === 3) return "queued";
  if (isTalking(detail)) return connected.some(isHeld) ? "held" : "talking";
  if (detail.targets.length > 0 || parties.some(isAlerting)) return "ringing";
  return null;
}

export class CallEvents {
  readonly #timelines = new Map<ModelCall, Timeline>();

  /** The call's snapshot or ends have changed. */
  changed(call: ModelCall, nowMs: number): void {
    const timeline = this.#timeline(call);
    const kind = call.ends.size === 0 ? null : kindOf(attachedDetail(call));
    const parties = attachedParties(call).map(partyLabel);
    const { current } = timeline;
    const isSame = current?.kind === kind && current.parties.join() === parties.join();
    if (isSame) return;
    this.#finish(timeline, nowMs);
    if (kind === null) return;
    timeline.count += 1;
    const eventId = `${call.deviceCallId}-${timeline.count}`;
    timeline.current = { eventId, kind, fromMs: nowMs, toMs: nowMs, parties };
  }

  /** A party has left: by transfer, this is an event of its own, without length. */
  partyLeft(call: ModelCall, cause: number | null, nowMs: number): void {
    if (cause !== TRANSFER_CAUSE) return;
    const timeline = this.#timeline(call);
    timeline.count += 1;
    const eventId = `${call.deviceCallId}-${timeline.count}`;
    const parties = timeline.current?.parties ?? [];
    keep(timeline, { eventId, kind: "transferred", fromMs: nowMs, toMs: nowMs, parties });
  }

  /** Finished events that end at `fromMs` or later, in order. */
  finishedSince(call: ModelCall, fromMs: number): CallEvent[] {
    const finished = this.#timelines.get(call)?.finished ?? [];
    return finished.filter(({ toMs }) => toMs >= fromMs);
  }

  /** The event that is going on, as if it ended now. */
  running(call: ModelCall, nowMs: number): CallEvent | null {
    const current = this.#timelines.get(call)?.current ?? null;
    return current === null ? null : { ...current, toMs: nowMs };
  }

  ended(call: ModelCall): void {
    this.#timelines.delete(call);
  }

  #timeline(call: ModelCall): Timeline {
    let timeline = this.#timelines.get(call);
    if (timeline === undefined) {
      this.#timelines.set(call, (timeline = { finished: [], current: null, count: 0 }));
    }
    return timeline;
  }

  #finish(timeline: Timeline, nowMs: number): void {
    if (timeline.current === null) return;
    keep(timeline, { ...timeline.current, toMs: nowMs });
    timeline.current = null;
  }
}

function keep(timeline: Timeline, event: CallEvent): void {
  timeline.finished.push(event);
  if (timeline.finished.length > EVENTS_KEPT) timeline.finished.shift();
}
