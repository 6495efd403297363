// Moves virtual time. One step = one event, or the waking of those whose condition has come true;
// between two steps all promise reactions run (turn.ts), so that code which awaits sees the world
// at the very moment it waited for. design.md §4
import { EventQueue } from "./event-queue.ts";
import type { ScheduledEvent } from "./event-queue.ts";
import { TurnLoop } from "./turn.ts";
import { millisecondsOf, ticksFor } from "./virtual-time.ts";

/** Events of one and the same tick after which the world is taken to run in a circle. */
const LIVELOCK_EVENTS = 200_000;

interface Waiter {
  /** null = only time counts. */
  readonly condition: (() => boolean) | null;
  /** True for those who move time, false for those who wait for somebody else to do so. */
  readonly drives: boolean;
  readonly resolve: (held: boolean) => void;
  readonly reject: (error: unknown) => void;
  limit: ScheduledEvent | null;
}

export interface WaitOptions {
  readonly condition: (() => boolean) | null;
  readonly limitMs: number;
  readonly drives: boolean;
}

export class Scheduler {
  readonly #queue = new EventQueue();
  readonly #turns = new TurnLoop(() => this.#step());
  readonly #drivers = new Set<Waiter>();
  /** Those with a condition, in the order of asking. */
  #watchers: readonly Waiter[] = [];
  #nowTicks = 0;
  #eventsThisTick = 0;
  #eventCount = 0;

  get nowTicks(): number {
    return this.#nowTicks;
  }

  get nowMs(): number {
    return millisecondsOf(this.#nowTicks);
  }

  /** Events that have happened so far. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** An event at `ticks`, or now when that has passed. */
  at(ticks: number, action: () => void): ScheduledEvent {
    return this.#queue.push(Math.max(ticks, this.#nowTicks), action);
  }

  after(delayMs: number, action: () => void): ScheduledEvent {
    return this.#queue.push(this.#nowTicks + ticksFor(delayMs), action);
  }

  /** After `delayMs`, but not before `ticks`: for what must stay in order. */
  afterAtLeast(delayMs: number, ticks: number, action: () => void): ScheduledEvent {
    return this.#queue.push(Math.max(ticks, this.#nowTicks + ticksFor(delayMs)), action);
  }

  cancel(event: ScheduledEvent | null): void {
    if (event !== null) this.#queue.cancel(event);
  }

  /** Resolves true when the condition holds, false when `limitMs` have passed. */
  wait(options: WaitOptions): Promise<boolean> {
    const { condition, limitMs, drives } = options;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { condition, drives, resolve, reject, limit: null };
      waiter.limit = this.after(limitMs, () => this.#settle(waiter, false));
      if (condition !== null) this.#watchers = [...this.#watchers, waiter];
      if (!drives) return;
      this.#drivers.add(waiter);
      this.#turns.start();
    });
  }

  #step(): void {
    // Woken code acts before the next event does.
    if (this.#wakeWatchers()) return;
    const action = this.#queue.pop();
    // The limits of the drivers are events, so there always is one.
    if (action === null) return this.#failDrivers(new Error("nothing will ever happen"));
    const ticks = this.#queue.poppedTicks;
    this.#eventsThisTick = ticks === this.#nowTicks ? this.#eventsThisTick + 1 : 0;
    this.#nowTicks = ticks;
    this.#eventCount += 1;
    try {
      action();
    } catch (error) {
      this.#failDrivers(error);
    }
    if (this.#eventsThisTick > LIVELOCK_EVENTS) {
      this.#failDrivers(new Error(`events beget events; time stands still at ${this.nowMs} ms`));
    }
  }

  /** True when somebody was woken. */
  #wakeWatchers(): boolean {
    let wokeSomebody = false;
    for (const watcher of this.#watchers) {
      try {
        if (watcher.condition?.() !== true) continue;
        this.#settle(watcher, true);
      } catch (error) {
        this.#remove(watcher);
        watcher.reject(error);
      }
      wokeSomebody = true;
    }
    return wokeSomebody;
  }

  #settle(waiter: Waiter, held: boolean): void {
    this.#remove(waiter);
    waiter.resolve(held);
  }

  #remove(waiter: Waiter): void {
    this.cancel(waiter.limit);
    // A new array: this may be called from within the loop over the old one.
    if (waiter.condition !== null) {
      this.#watchers = this.#watchers.filter((other) => other !== waiter);
    }
    if (this.#drivers.delete(waiter) && this.#drivers.size === 0) this.#turns.stop();
  }

  /** What a callback of the simulated processes throws ends the run, as it would end a process. */
  #failDrivers(error: unknown): void {
    for (const driver of this.#drivers) {
      this.#remove(driver);
      driver.reject(error);
    }
  }
}
