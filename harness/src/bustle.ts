// An office that is never quiet: callers ring up the agents one after the other, agents answer,
// talk for a while and hang up. For `testbed pbx` and the demo.
import type { Clock, Timer } from "@tapeline/recorder/ports";
import type { SimulatedIpOffice } from "@tapeline/simulator/pbx";

const CALL_EVERY_MS = 8_000;
const RINGS_MS = 2_000;
const TALKS_MS = 20_000;

export class Bustle {
  readonly #pbx: SimulatedIpOffice;
  readonly #clock: Clock;
  readonly #tell: (text: string) => void;
  readonly #timers = new Set<Timer>();
  #callCount = 0;

  constructor(pbx: SimulatedIpOffice, clock: Clock, tell: (text: string) => void) {
    this.#pbx = pbx;
    this.#clock = clock;
    this.#tell = tell;
  }

  start(): void {
    this.#call();
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
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
    const number = `+49301${String(this.#callCount).padStart(5, "0")}`;
    this.#tell(`${number} calls ${user.extension} (${user.name})`);
    this.#pbx.placeCall({ from: { number }, to: user.extension });
    this.#after(RINGS_MS, () => {
      if (!this.#pbx.isRinging(user.extension)) return;
      this.#pbx.answer(user.extension);
      this.#tell(`${user.extension} answers`);
      this.#after(TALKS_MS, () => {
        if (!this.#pbx.isTalking(user.extension)) return;
        this.#pbx.hangUp(user.extension);
        this.#tell(`${user.extension} hangs up`);
      });
    });
  }
}
