// The clock port of one process: exact one-shot timers on virtual time, a monotonic clock with an
// origin of its own, and the wall clock of its host, which may step.
import type { Clock, Timer } from "@tapeline/recorder/ports";
import type { Holding, ProcessScope } from "./process-scope.ts";
import type { ScheduledEvent } from "./event-queue.ts";
import type { Trace } from "./trace.ts";
import { microsecondsOf, ticksFor } from "./virtual-time.ts";

export interface VirtualClockOptions {
  readonly scope: ProcessScope;
  readonly trace: Trace;
  /** Whole milliseconds, so that differences of `nowMs` stay exact. */
  readonly originMs: number;
  readonly wallTimeMs: () => number;
  /** Numbers the timers of a world, for the trace. */
  readonly nextTimerId: () => number;
}

export class VirtualClock implements Clock {
  readonly #options: VirtualClockOptions;

  constructor(options: VirtualClockOptions) {
    this.#options = options;
  }

  nowMs(): number {
    return this.#options.originMs + this.#options.scope.scheduler.nowMs;
  }

  wallTimeMs(): number {
    return this.#options.wallTimeMs();
  }

  setTimer(name: string, delayMs: number, callback: () => void): Timer {
    const { scope, trace, nextTimerId } = this.#options;
    // A dead process sets no timers; cancelling one is harmless.
    if (!scope.isAlive) return { cancel: () => undefined };
    const id = `${nextTimerId()} ${scope.name}/${name}`;
    const timer = new VirtualTimer({ id, scope, trace }, callback);
    timer.start(delayMs);
    return timer;
  }
}

interface TimerOptions {
  readonly id: string;
  readonly scope: ProcessScope;
  readonly trace: Trace;
}

class VirtualTimer implements Timer, Holding {
  readonly #options: TimerOptions;
  #callback: (() => void) | null;
  #event: ScheduledEvent | null = null;

  constructor(options: TimerOptions, callback: () => void) {
    this.#options = options;
    this.#callback = callback;
  }

  start(delayMs: number): void {
    const { id, scope, trace } = this.#options;
    trace.add(`set ${id} +${microsecondsOf(ticksFor(delayMs))}`);
    this.#event = scope.scheduler.after(delayMs, () => this.#fire());
    scope.hold(this);
  }

  cancel(): void {
    if (this.#callback === null) return;
    this.#options.trace.add(`cancel ${this.#options.id}`);
    this.#options.scope.release(this);
    this.abandon();
  }

  abandon(): void {
    this.#callback = null;
    this.#options.scope.scheduler.cancel(this.#event);
  }

  describe(): string {
    return `timer ${this.#options.id}`;
  }

  #fire(): void {
    const callback = this.#callback;
    if (callback === null) return;
    this.#callback = null;
    this.#options.scope.release(this);
    this.#options.trace.add(`fire ${this.#options.id}`);
    callback();
  }
}
