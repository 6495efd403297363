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
  readonly #kinds = new Map<string, TimerKind>();

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
    const { scope, nextTimerId } = this.#options;
    // A dead process sets no timers; cancelling one is harmless.
    if (!scope.isAlive) return { cancel: () => undefined };
    return new VirtualTimer({ id: nextTimerId(), kind: this.#kindOf(name), delayMs, callback });
  }

  #kindOf(name: string): TimerKind {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      const { scope, trace } = this.#options;
      kind = { name, scope, trace, label: traceText(` ${scope.name}/${name} +`) };
      this.#kinds.set(name, kind);
    }
    return kind;
  }
}

/** What all timers of one name have in common. */
interface TimerKind {
  readonly name: string;
  readonly scope: ProcessScope;
  readonly trace: Trace;
  /** For the trace: the name and what stands around it. */
  readonly label: Uint8Array;
}

interface TimerOptions {
  readonly id: number;
  readonly kind: TimerKind;
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
  readonly #id: number;
  readonly #kind: TimerKind;
  readonly #delayMs: number;
  readonly #callback: () => void;
  readonly #event: ScheduledEvent;
  #isRunning = true;

  constructor({ id, kind, delayMs, callback }: TimerOptions) {
    this.#id = id;
    this.#kind = kind;
    this.#delayMs = delayMs;
    this.#callback = callback;
    this.#event = kind.scope.scheduler.after(delayMs, () => this.#fire());
    kind.scope.hold(this);
  }

  cancel(): void {
    if (!this.#isRunning) return;
    this.#tell(CANCEL);
    this.#kind.scope.release(this);
    this.abandon();
  }

  abandon(): void {
    this.#isRunning = false;
    this.#kind.scope.scheduler.cancel(this.#event);
  }

  describe(): string {
    const { name, scope } = this.#kind;
    return `timer ${this.#id} ${scope.name}/${name}`;
  }

  #tell(what: Uint8Array): void {
    const { label, trace } = this.#kind;
    const delayUs = microsecondsOf(ticksFor(this.#delayMs));
    trace.begin(what).number(this.#id).text(label).number(delayUs).end();
  }

  #fire(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#kind.scope.release(this);
    this.#tell(FIRE);
    this.#callback();
  }
}
