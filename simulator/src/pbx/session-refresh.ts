// The session timer of one recording leg (RFC 4028 §7.2, §10): refreshes at half time, or waits
// for the recorder's refresh, or stays silent on purpose.
import type { Clock, Timer } from "@tapeline/recorder/ports";

/** Who was told to refresh; "nobody" claims the task and does nothing. */
export type Refresher = "pbx" | "recorder" | "nobody";

export interface SessionRefreshDelegate {
  /** Time to send UPDATE or re-INVITE. */
  onRefreshDue(): void;
  /** The recorder has not refreshed in time: the session is to be ended. */
  onSessionExpired(): void;
}

/** "BYE … at min(32, session interval / 3) seconds before the session expires"  §10 */
const LONGEST_MARGIN_S = 32;

export class SessionRefresh {
  readonly #clock: Clock;
  readonly #delegate: SessionRefreshDelegate;
  #timer: Timer | null = null;

  constructor(clock: Clock, delegate: SessionRefreshDelegate) {
    this.#clock = clock;
    this.#delegate = delegate;
  }

  /** Begins, or begins again after a refresh. */
  start(seconds: number, refresher: Refresher): void {
    this.stop();
    if (refresher === "nobody") return;
    const isOurs = refresher === "pbx";
    const dueS = isOurs ? seconds / 2 : seconds - Math.min(LONGEST_MARGIN_S, seconds / 3);
    this.#timer = this.#clock.setTimer("pbx.sip.session", dueS * 1000, () => {
      this.#timer = null;
      if (isOurs) this.#delegate.onRefreshDue();
      else this.#delegate.onSessionExpired();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
