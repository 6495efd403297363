// The 20 ms heartbeat of all recording legs: one timer, deadlines that never drift, legs spread
// over PACER_SLOTS sub-slots of the 20 ms so that 500 legs are no burst. Late ticks are caught up
// and counted: how late the simulator was must be known before a recorder is blamed for a gap.
import type { Clock, Timer } from "@tapeline/recorder/ports";

/** Length of a frame. */
export const FRAME_MS = 20;
/** Sub-slots of a frame: one each 2.5 ms. */
export const PACER_SLOTS = 8;

const SLOT_MS = FRAME_MS / PACER_SLOTS;
/**
 * A late pacer catches up in turns of at most so many slots (5 ms): SIP and timers are served
 * between them and what was held up does not leave as one burst.
 */
const SLOTS_A_TURN = 2;
/** Lateness is counted in buckets of this width, up to LATENESS_BUCKETS of them. */
const BUCKET_MS = 0.05;
const LATENESS_BUCKETS = 20_000;

/** Something that wants a tick every 20 ms. */
export interface Paced {
  /** `deadlineMs` is when the tick was due, on the clock's monotonic scale. */
  onTick(deadlineMs: number): void;
}

export interface PacedLeg {
  /** No tick comes after this. Idempotent. */
  remove(): void;
}

interface Entry {
  readonly paced: Paced;
  /** Index of the first slot in which it ticks: not the one that is running now. */
  readonly fromSlot: number;
}

export class RtpPacer {
  readonly #clock: Clock;
  readonly #slots: Set<Entry>[] = Array.from({ length: PACER_SLOTS }, () => new Set());
  /** Origin of the slot grid; fixed at the first leg, for ever. */
  #originMs: number | null = null;
  /** The next slot to be run, counted from the origin. */
  #nextSlot = 0;
  #timer: Timer | null = null;
  readonly #onTimer = (): void => this.#run();
  #isRunning = false;
  #legCount = 0;
  readonly #lateness = new Uint32Array(LATENESS_BUCKETS + 1);
  #ticks = 0;
  #maxLateMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The leg ticks for the first time within 20 ms, then at exactly 20 ms distances. */
  add(paced: Paced): PacedLeg {
    const nowMs = this.#clock.nowMs();
    this.#originMs ??= nowMs;
    const isIdle = this.#legCount === 0;
    const upcoming = Math.floor((nowMs - this.#originMs) / SLOT_MS) + 1;
    if (isIdle && !this.#isRunning) this.#nextSlot = upcoming;
    const slot = this.#leastLoaded(upcoming);
    const ahead = (slot - (upcoming % PACER_SLOTS) + PACER_SLOTS) % PACER_SLOTS;
    const entry: Entry = { paced, fromSlot: upcoming + ahead };
    const entries = this.#slots[slot]!;
    entries.add(entry);
    this.#legCount += 1;
    this.#arm();
    return {
      remove: () => {
        if (entries.delete(entry)) this.#legCount -= 1;
        if (this.#legCount > 0) return;
        this.#timer?.cancel();
        this.#timer = null;
      },
    };
  }

  legCount(): number {
    return this.#legCount;
  }

  /** How late ticks were, weighted by leg, since the start. */
  lateness(): { readonly p99: number; readonly max: number } {
    let left = Math.ceil(this.#ticks * 0.01);
    let bucket = LATENESS_BUCKETS;
    while (bucket > 0 && left > this.#lateness[bucket]!) {
      left -= this.#lateness[bucket]!;
      bucket -= 1;
    }
    return { p99: Math.min(bucket * BUCKET_MS, this.#maxLateMs), max: this.#maxLateMs };
  }

  close(): void {
    for (const entries of this.#slots) entries.clear();
    this.#legCount = 0;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** The emptiest slot; of equals the one that comes first. */
  #leastLoaded(upcoming: number): number {
    let best = upcoming % PACER_SLOTS;
    for (let step = 1; step < PACER_SLOTS; step += 1) {
      const slot = (upcoming + step) % PACER_SLOTS;
      if (this.#slots[slot]!.size < this.#slots[best]!.size) best = slot;
    }
    return best;
  }

  #deadlineMs(slot: number): number {
    return this.#originMs! + slot * SLOT_MS;
  }

  /** Sets the timer to the next slot that has legs. Empty slots wake nobody. */
  #arm(): void {
    if (this.#isRunning) return;
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#legCount === 0) return;
    const delayMs = Math.max(0, this.#deadlineMs(this.#upcomingSlot()) - this.#clock.nowMs());
    this.#timer = this.#clock.setTimer("pbx.rtp.pacer", delayMs, this.#onTimer);
  }

  #run(): void {
    this.#isRunning = true;
    try {
      for (let turn = 0; turn < SLOTS_A_TURN; turn += 1) {
        if (this.#legCount === 0) break;
        const slot = this.#upcomingSlot();
        if (this.#deadlineMs(slot) > this.#clock.nowMs()) break;
        this.#nextSlot = slot + 1;
        this.#runSlot(slot);
      }
    } finally {
      this.#isRunning = false;
    }
    this.#arm();
  }

  /** The next slot that has legs; there must be some. */
  #upcomingSlot(): number {
    let slot = this.#nextSlot;
    while (this.#slots[slot % PACER_SLOTS]!.size === 0) slot += 1;
    return slot;
  }

  #runSlot(slot: number): void {
    const entries = this.#slots[slot % PACER_SLOTS]!;
    if (entries.size === 0) return;
    const deadlineMs = this.#deadlineMs(slot);
    const lateMs = Math.max(0, this.#clock.nowMs() - deadlineMs);
    const bucket = Math.min(Math.ceil(lateMs / BUCKET_MS), LATENESS_BUCKETS);
    for (const entry of entries) {
      if (entry.fromSlot > slot) continue;
      this.#lateness[bucket]! += 1;
      this.#ticks += 1;
      this.#maxLateMs = Math.max(this.#maxLateMs, lateMs);
      entry.paced.onTick(deadlineMs);
    }
  }
}
