// One timer for all recordings instead of one each: ten slots of 25 ms, each recording in one of
// them, so that writes come every 250 ms and staggered. Listened recordings are due in every slot.
// The timer runs only while somebody is due.
import type { Clock, Timer } from "../ports/index.ts";

export const SLOT_MS = 25;
export const SLOTS = 10;

export class TickWheel<T> {
  readonly #clock: Clock;
  readonly #onSlot: (items: ReadonlySet<T>, nowMs: number) => void;
  readonly #onEvery: (nowMs: number) => void;
  readonly #slots: readonly Set<T>[] = Array.from({ length: SLOTS }, () => new Set<T>());
  readonly #originMs: number;
  #isEveryDue = false;
  #timer: Timer | null = null;
  /** Number of the slot handled last, counted from the origin. */
  #handled = 0;
  /** When the timer fires, as a slot number. */
  #armedFor = Number.POSITIVE_INFINITY;

  constructor(
    clock: Clock,
    on: {
      /** Each item once in 250 ms. */
      readonly slot: (items: ReadonlySet<T>, nowMs: number) => void;
      /** Every 25 ms while `setEveryDue(true)`. */
      readonly every: (nowMs: number) => void;
    },
  ) {
    this.#clock = clock;
    this.#onSlot = on.slot;
    this.#onEvery = on.every;
    this.#originMs = clock.nowMs();
  }

  /** Into the emptiest slot. */
  add(item: T): void {
    let best = this.#slots[0]!;
    for (const slot of this.#slots) if (slot.size < best.size) best = slot;
    best.add(item);
    this.#arm();
  }

  remove(item: T): void {
    for (const slot of this.#slots) slot.delete(item);
    if (this.#slots.every((slot) => slot.size === 0)) this.stop();
  }

  setEveryDue(isDue: boolean): void {
    this.#isEveryDue = isDue;
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #slotNow(): number {
    return Math.floor((this.#clock.nowMs() - this.#originMs) / SLOT_MS);
  }

  #arm(): void {
    const present = this.#slotNow();
    // After an idle time there is nothing to catch up with.
    if (this.#timer === null) this.#handled = Math.max(this.#handled, present - 1);
    const next = this.#nextDue(Math.max(present, this.#handled));
    if (next === null || next >= this.#armedFor) return;
    this.#timer?.cancel();
    this.#armedFor = next;
    const delayMs = Math.max(0, this.#originMs + next * SLOT_MS - this.#clock.nowMs());
    this.#timer = this.#clock.setTimer("media.tick", delayMs, () => this.#fire());
  }

  #nextDue(after: number): number | null {
    for (let step = 1; step <= SLOTS; step += 1) {
      const slot = this.#slots[(after + step) % SLOTS]!;
      if (slot.size > 0 || (this.#isEveryDue && this.#hasItems)) return after + step;
    }
    return null;
  }

  get #hasItems(): boolean {
    return this.#slots.some((slot) => slot.size > 0);
  }

  #fire(): void {
    // A timer may come a little early by rounding; the slot that it was set for counts.
    const present = Math.max(this.#slotNow(), this.#armedFor);
    this.#timer = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.nowMs();
    // A late timer catches up with each slot once, not more.
    const first = Math.max(this.#handled + 1, present - SLOTS + 1);
    this.#handled = present;
    for (let slot = first; slot <= present; slot += 1) {
      const items = this.#slots[slot % SLOTS]!;
      if (items.size > 0) this.#onSlot(items, nowMs);
    }
    if (this.#isEveryDue) this.#onEvery(nowMs);
    this.#arm();
  }
}
