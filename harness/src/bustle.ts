// An office that is never quiet: callers ring up the agents one after the other, agents answer,
// talk for a while and hang up. For `testbed pbx` and the demo.
import type { Clock, Timer } from "@tapeline/recorder/ports";
import { ImpossibleAction, type PbxCall, type SimulatedIpOffice } from "@tapeline/simulator/pbx";

const CALL_EVERY_MS = 8_000;
const RINGS_MS = 2_000;
const TALKS_MS = 20_000;

export class Bustle {
  readonly #pbx: SimulatedIpOffice;
  readonly #clock: Clock;
  readonly #tell: (text: string) => void;
  readonly #timers = new Set<Timer>();
  /** Calls and who made them. */
  readonly #calls = new Map<PbxCall, string>();
  #callCount = 0;

  constructor(pbx: SimulatedIpOffice, clock: Clock, tell: (text: string) => void) {
    this.#pbx = pbx;
    this.#clock = clock;
    this.#tell = tell;
  }

  start(): void {
    this.#call();
  }

  /** No more calls; callers hang up, so that recorders hear of the end. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const [call, caller] of this.#calls) {
      if (call.state !== "ended") this.#pbx.hangUp(caller);
    }
    this.#calls.clear();
  }

  #after(ms: number, action: () => void): void {
    const timer = this.#clock.setTimer("bustle", ms, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
  }

  #call(): void {
    this.#after(CALL_EVERY_MS, () => this.#call());
    const { users } = this.#pbx.site;
    const user = users[this.#callCount % users.length];
    this.#callCount += 1;
    if (user === undefined || this.#pbx.isTalking(user.extension)) return;
    const call = this.#place(user.extension);
    if (call === null) return;
    this.#after(RINGS_MS, () => {
      if (call.state !== "ringing" || !this.#pbx.isRinging(user.extension)) return;
      this.#pbx.answer(user.extension);
      this.#tell(`${user.extension} answers`);
      this.#after(TALKS_MS, () => {
        if (call.state === "ended" || !this.#pbx.isTalking(user.extension)) return;
        this.#pbx.hangUp(user.extension);
        this.#tell(`${user.extension} hangs up`);
      });
    });
  }

  /** From outside, or, in an office without lines, by a colleague. */
  #place(to: string): PbxCall | null {
    const { trunks, users } = this.#pbx.site;
    const number = `+49301${String(this.#callCount).padStart(5, "0")}`;
    const colleague = users[this.#callCount % users.length]?.extension ?? "";
    const caller = trunks.length > 0 ? number : colleague;
    for (const call of this.#calls.keys()) if (call.state === "ended") this.#calls.delete(call);
    try {
      const from = trunks.length > 0 ? { number } : { extension: colleague };
      const call = this.#pbx.placeCall({ from, to });
      this.#calls.set(call, caller);
      this.#tell(`${caller} calls ${to}`);
      return call;
    } catch (error) {
      if (!(error instanceof ImpossibleAction)) throw error;
      this.#tell(`${caller} cannot call ${to}: ${error.message}`);
      return null;
    }
  }
}
