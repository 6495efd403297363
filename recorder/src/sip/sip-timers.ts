// The durations of RFC 3261 §17 and table 4 as one value, so that tests and slow networks can
// choose others. Every other timer is derived here from T1, T2 and T4.

export interface SipTimers {
  /** Round-trip estimate. */
  readonly t1Ms: number;
  /** Longest pause between repetitions. */
  readonly t2Ms: number;
  /** How long a message can stay in the network. */
  readonly t4Ms: number;
  /** 100 is sent when the recorder has not answered by then (RFC 3261 §17.2.1: 200 ms). */
  readonly tryingMs: number;
}

export const SIP_TIMERS: SipTimers = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000, tryingMs: 200 };

/** Timers B, F, H, J, L and M, and the core's wait for ACK: 64·T1. */
export function giveUpMs(timers: SipTimers): number {
  return 64 * timers.t1Ms;
}

/** What a transaction machine is told of its surroundings. */
export interface TransactionContext {
  readonly timers: SipTimers;
  /** TCP or TLS: nothing is repeated by the transaction. */
  readonly isReliable: boolean;
}
