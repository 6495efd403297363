// Named one-shot timers of one owner: starting a name again replaces it, and closing leaves none.
// Carries out the start and stop outputs of the machines.
import type { Clock, Timer } from "../ports/index.ts";

export class TimerSet {
  readonly #clock: Clock;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(name: string, delayMs: number, callback: () => void): void {
    this.stop(name);
    const timer = this.#clock.setTimer(`sip.${name}`, delayMs, () => {
      this.#timers.delete(name);
      callback();
    });
    this.#timers.set(name, timer);
  }

  stop(name: string): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  stopAll(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
