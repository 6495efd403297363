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
    const id = nextTimerId();
    return new VirtualTimer({ id, name, delayMs, callback }, scope, trace);
  }
}

interface TimerOptions {
  readonly id: number;
  readonly name: string;
  readonly delayMs: number;
  readonly callback: () => void;
}

/**
 * In the trace a timer is one line, when it fires or is cancelled: that it was set, and when,
 * follows from its number and its delay.
 */
class VirtualTimer implements Timer, Holding {
  heldAt = -1;
  readonly #options: TimerOptions;
  readonly #scope: ProcessScope;
  readonly #trace: Trace;
  readonly #event: ScheduledEvent;
  #isRunning = true;

  constructor(options: TimerOptions, scope: ProcessScope, trace: Trace) {
    this.#options = options;
    this.#scope = scope;
    this.#trace = trace;
    this.#event = scope.scheduler.after(options.delayMs, () => this.#fire());
    scope.hold(this);
  }

  cancel(): void {
    if (!this.#isRunning) return;
    this.#trace.add(`cancel ${this.#text()}`);
    this.#scope.release(this);
    this.abandon();
  }

  abandon(): void {
    this.#isRunning = false;
    this.#scope.scheduler.cancel(this.#event);
  }

  describe(): string {
    const { id, name } = this.#options;
    return `timer ${id} ${this.#scope.name}/${name}`;
  }

  #text(): string {
    const { id, name, delayMs } = this.#options;
    return `${id} ${this.#scope.name}/${name} +${microsecondsOf(ticksFor(delayMs))}`;
  }

  #fire(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#scope.release(this);
    this.#trace.add(`fire ${this.#text()}`);
    this.#options.callback();
  }
}
