// A clock for tests that moves only when told to.
import type { Clock, Timer } from "../../src/ports/index.ts";

interface Due {
  readonly name: string;
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  readonly #timers = new Set<Due>();
  #nowMs = 0;
  #order = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  wallTimeMs(): number {
    return 1_795_366_801_234 + this.#nowMs;
  }

  setTimer(name: string, delayMs: number, callback: () => void): Timer {
    this.#order += 1;
    const due: Due = { name, atMs: this.#nowMs + delayMs, order: this.#order, callback };
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  /** Timers set so far: a sign of life, since every call to a drive has a deadline. */
  get timersSet(): number {
    return this.#order;
  }

  /** Names of running timers, in the order of their times. */
  names(): string[] {
    return this.#sorted().map(({ name }) => name);
  }

  /** Fires the next timer; false when there is none before `limitMs`. */
  step(limitMs: number): boolean {
    const next = this.#sorted()[0];
    if (next === undefined || next.atMs > limitMs) return false;
    this.#timers.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.callback();
    return true;
  }

  #sorted(): Due[] {
    return [...this.#timers].sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  }
}

/** Lets promises run that hang on microtasks alone. */
export async function microtasks(turns = 200): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
}

/** Rounds of microtasks without a new timer after which nothing is believed to move. */
const QUIET_ROUNDS = 5;

/** More calls than any test makes without time passing: something runs in a circle. */
const BUSY_TIMERS = 20_000;

/** Moves time, letting promises run between timers, until `condition` holds; fails at the limit. */
export async function runUntil(
  clock: ManualClock,
  condition: () => boolean,
  limitMs: number,
): Promise<void> {
  const untilMs = clock.nowMs() + limitMs;
  for (;;) {
    // A deadline that runs means a call under way: time moves only when it proves to be stuck.
    let quietRounds = 0;
    const startedAt = clock.timersSet;
    for (let before = -1; quietRounds < QUIET_ROUNDS && !condition();) {
      await microtasks(60);
      quietRounds = clock.timersSet === before ? quietRounds + 1 : 0;
      before = clock.timersSet;
      if (before - startedAt > BUSY_TIMERS) throw new Error("calls without end at one moment");
    }
    if (condition()) return;
    if (!clock.step(untilMs)) throw new Error(`not reached in ${limitMs} ms: ${String(condition)}`);
  }
}
