// The events of calls as recordings need them: also those of calls that are over, for SIP calls
// that are tied late; and what of them falls to one part. State here, time comes in.
import type { CallEvent } from "../association-facts.ts";
import { CallEvents } from "../calls/call-events.ts";
import type { ModelCall } from "../calls/call-model.ts";
import type { Part } from "../rules/part.ts";

/** A match is tried until 30 s after a recording's end; its call may have ended 5 s before that. */
export const KEPT_AFTER_END_MS = 35_000;
/** Ended calls whose events are kept; the oldest gives way. */
const ENDED_CALLS_KEPT = 10_000;
/** The cause of a leaving may be told this much before or after the part's end. */
const TRANSFER_SLACK_MS = 2_000;

export class EventHistory {
  readonly #events = new CallEvents();
  readonly #ended = new Map<
    ModelCall,
    { readonly events: readonly CallEvent[]; readonly atMs: number }
  >();

  changed(call: ModelCall, nowMs: number): void {
    this.#events.changed(call, nowMs);
  }

  partyLeft(call: ModelCall, cause: number | null, nowMs: number): void {
    this.#events.partyLeft(call, cause, nowMs);
  }

  /** The call is over: its running event has ended with it. */
  ended(call: ModelCall, nowMs: number): void {
    this.#events.changed(call, nowMs);
    this.#ended.set(call, { events: this.#events.finishedSince(call, -Infinity), atMs: nowMs });
    this.#events.ended(call);
    for (const [old, { atMs }] of this.#ended) {
      if (nowMs - atMs <= KEPT_AFTER_END_MS && this.#ended.size <= ENDED_CALLS_KEPT) break;
      this.#ended.delete(old);
    }
  }

  finished(call: ModelCall): readonly CallEvent[] {
    return this.#ended.get(call)?.events ?? this.#events.finishedSince(call, -Infinity);
  }

  /** What goes on, as if it ended now. */
  running(call: ModelCall, nowMs: number): CallEvent | null {
    return this.#events.running(call, nowMs);
  }
}

/** A stretch of monotonic time in which a recording took place. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** The part's end, if it is over: a transfer near it belongs to this part. */
  readonly overMs: number | null;
}

/** The first part has what came before it as well: ringing, queueing. */
export function spanOf(part: Part | null, recordingEndedMs: number | null): Span {
  const fromMs = part === null || part.part === 1 ? -Infinity : part.beganMs;
  const overMs = part?.endedMs ?? null;
  return { fromMs, toMs: Math.min(overMs ?? Infinity, recordingEndedMs ?? Infinity), overMs };
}

/** What of an event falls into the span; null = nothing. */
export function clipEvent(event: CallEvent, span: Span): CallEvent | null {
  if (event.kind === "transferred") {
    return isTransferOf(event.fromMs, span) ? clamp(event, span) : null;
  }
  const clipped = clamp(event, span);
  return clipped.fromMs < clipped.toMs ? clipped : null;
}

function isTransferOf(atMs: number, { fromMs, toMs, overMs }: Span): boolean {
  if (overMs !== null && Math.abs(atMs - overMs) <= TRANSFER_SLACK_MS) return true;
  // One right at the beginning is how the part before ended.
  return atMs > fromMs + TRANSFER_SLACK_MS && atMs <= toMs;
}

function clamp(event: CallEvent, { fromMs, toMs }: Span): CallEvent {
  const within = (atMs: number): number => Math.min(Math.max(atMs, fromMs), toMs);
  return { ...event, fromMs: within(event.fromMs), toMs: within(event.toMs) };
}
