// Calls that come while recovery still rebuilds old ones wait for its end ("before new calls are
// taken", design.md §5): until every old dialog has claimed its RTP source again, a source without
// a claim need not belong to the new call.
import type { SipSession } from "../sip/session.ts";

export class WaitingCalls {
  readonly #take: (session: SipSession) => void;
  #waiting: Set<SipSession> | null = new Set();

  constructor(take: (session: SipSession) => void) {
    this.#take = take;
  }

  /** Takes the call, or lets it wait; a caller that gives up meanwhile is forgotten. */
  onInvite(session: SipSession): void {
    const waiting = this.#waiting;
    if (waiting === null) return this.#take(session);
    waiting.add(session);
    session.delegate = {
      onMessage: () => undefined,
      onConfirmed: () => undefined,
      onReoffer: () => ({ status: 488 }),
      onAnswer: () => undefined,
      onEnded: () => waiting.delete(session),
    };
  }

  /** Recovery is over: in the order in which they came. */
  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const session of waiting) this.#take(session);
  }
}
