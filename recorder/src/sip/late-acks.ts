// Calls that are over but for an ACK which a BYE has overtaken: nothing waits for it, and no timer
// runs, but the journal is to hold the whole dialog (R20). Owned by the endpoint.
import type { Clock } from "../ports/index.ts";
import type { IncomingRequest } from "./transaction-layer.ts";

/** Calls remembered; the oldest gives way. */
export const LATE_ACK_CALLS = 256;
/** Longer than a call's journal stays open, none is awaited (RFC 3261 §17.1.1.2: 64 · T1). */
export const LATE_ACK_MS = 32_000;

/** What is left of a session. */
export interface AwaitingAck {
  readonly key: string;
  readonly awaitsAck: boolean;
  handleAck(ack: IncomingRequest): void;
}

export class LateAcks {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #byKey = new Map<string, { readonly session: AwaitingAck; readonly endedMs: number }>();

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  /** The call is over. */
  keep(session: AwaitingAck): void {
    if (!session.awaitsAck) return;
    this.#byKey.set(session.key, { session, endedMs: this.#clock.nowMs() });
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > LATE_ACK_CALLS && oldest !== undefined) this.#byKey.delete(oldest);
  }

  /** An ACK of no dialog that goes on. */
  handleAck(key: string, ack: IncomingRequest): void {
    const found = this.#byKey.get(key);
    if (found === undefined) return;
    if (this.#clock.nowMs() - found.endedMs <= LATE_ACK_MS) found.session.handleAck(ack);
    else this.#byKey.delete(key);
    if (!found.session.awaitsAck) this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
  }
}
