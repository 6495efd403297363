// The clock port of one process: exact one-shot timers on virtual time, a monotonic clock with an
// origin of its own, and the wall clock of its host, which may step.
import type { Clock, Timer } from "@tapeline/recorder/ports";
import type { Holding, ProcessScope } from "./process-scope.ts";
import type { ScheduledEvent } from "./event-queue.ts";
import { traceText, type Trace } from "./trace.ts";
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
  readonly #labels = new Map<string, Uint8Array>();

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
    const label = this.#labelOf(name);
    return new VirtualTimer({ id, name, label, delayMs, callback }, scope, trace);
  }

  #labelOf(name: string): Uint8Array {
    let label = this.#labels.get(name);
    if (label === undefined) {
      label = traceText(` ${this.#options.scope.name}/${name} +`);
      this.#labels.set(name, label);
    }
    return label;
  }
}

interface TimerOptions {
  readonly id: number;
  readonly name: string;
  /** For the trace: the name and what stands around it. */
  readonly label: Uint8Array;
  readonly delayMs: number;
  readonly callback: () => void;
}

const FIRE = traceText("fire ");
const CANCEL = traceText("cancel ");

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
    this.#tell(CANCEL);
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

  #tell(what: Uint8Array): void {
    const { id, label, delayMs } = this.#options;
    const delayUs = microsecondsOf(ticksFor(delayMs));
    this.#trace.begin(what).number(id).text(label).number(delayUs).end();
  }

  #fire(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#scope.release(this);
    this.#tell(FIRE);
    this.#options.callback();
  }
}
