// Runs the disk calls of one process, four at a time, and decides at a crash what became of those
// under way.
import type { SeededRandom } from "./contract.ts";
import type { DiskFaults } from "./disk-faults.ts";
import { PendingCall } from "./process-scope.ts";
import type { ProcessScope } from "./process-scope.ts";
import { codeOf, SystemError } from "./system-error.ts";
import type { Trace } from "./trace.ts";

/** Threads behind Node's file calls. */
const PARALLEL_CALLS = 4;

export interface DiskWork<T> {
  /** For the trace: "write". */
  readonly operation: string;
  readonly path: string;
  /** For the trace: what else distinguishes the call, or "". */
  readonly detail: string;
  readonly perform: () => T;
  /** Does a share of the work (0 ≤ x < 1); null where it is done whole or not at all. */
  readonly performPart: ((share: number) => void) | null;
}

export interface DiskQueueOptions {
  readonly name: string;
  readonly scope: ProcessScope;
  readonly trace: Trace;
  readonly faults: DiskFaults;
  readonly crashRandom: SeededRandom;
}

export class DiskQueue {
  readonly options: DiskQueueOptions;
  readonly #waiting: (() => void)[] = [];
  #runningCount = 0;
  #lastCallId = 0;

  constructor(options: DiskQueueOptions) {
    this.options = options;
  }

  run<T>(work: DiskWork<T>): Promise<T> {
    const { name, scope, trace } = this.options;
    const call = new PendingCall<T>(scope, `disk.${work.operation} ${work.path}`);
    if (!scope.isAlive) return call.promise;
    this.#lastCallId += 1;
    const label = `disk ${name}:${this.#lastCallId}`;
    trace.add(`${label} ${work.operation} ${work.path} ${work.detail}`.trimEnd());
    const running = new RunningCall({ queue: this, work, call, label });
    this.#waiting.push(() => running.start());
    this.#startNext();
    return call.promise;
  }

  /** A call has left its thread. */
  finished(): void {
    this.#runningCount -= 1;
    this.#startNext();
  }

  #startNext(): void {
    while (this.#runningCount < PARALLEL_CALLS) {
      const start = this.#waiting.shift();
      if (start === undefined) return;
      this.#runningCount += 1;
      start();
    }
  }
}

/** A call that has a thread. */
class RunningCall<T> {
  readonly #queue: DiskQueue;
  readonly #work: DiskWork<T>;
  readonly #call: PendingCall<T>;
  readonly #label: string;

  constructor(options: {
    readonly queue: DiskQueue;
    readonly work: DiskWork<T>;
    readonly call: PendingCall<T>;
    readonly label: string;
  }) {
    this.#queue = options.queue;
    this.#work = options.work;
    this.#call = options.call;
    this.#label = options.label;
  }

  start(): void {
    const { scope, faults } = this.#queue.options;
    if (!scope.isAlive) return;
    this.#call.onAbandon = () => this.#leave();
    scope.scheduler.after(faults.latencyMs(this.#work.path), () => this.#complete());
  }

  /** The crash found this call half done: nothing, a part or all of it has happened. */
  #leave(): void {
    const { crashRandom, trace } = this.#queue.options;
    const draw = crashRandom.fraction();
    const share = crashRandom.fraction();
    const fate = draw < 0.4 ? "not-done" : draw < 0.7 ? "done" : "part-done";
    trace.add(`${this.#label} ${fate}`);
    if (fate === "done") this.#quietly(() => void this.#work.perform());
    else if (fate === "part-done") this.#quietly(() => this.#work.performPart?.(share));
  }

  #complete(): void {
    const { scope, faults, trace } = this.#queue.options;
    if (!scope.isAlive) return;
    if (faults.isFrozen(this.#work.path)) return faults.whenHealed(() => this.start());
    const point = faults.takeCrashPoint();
    if (point !== null) return this.#crashAt(point);
    try {
      const value = this.#perform();
      trace.add(`${this.#label} ok`);
      this.#call.resolve(value);
    } catch (error) {
      trace.add(`${this.#label} ${codeOf(error)}`);
      this.#call.reject(error);
    }
    this.#queue.finished();
  }

  /** What becomes of this very call is not left to chance. */
  #crashAt(point: { readonly side: "before" | "after"; readonly crash: () => void }): void {
    this.#call.onAbandon = null;
    if (point.side === "after") this.#quietly(() => void this.#work.perform());
    this.#queue.options.trace.add(`${this.#label} crash ${point.side}`);
    point.crash();
  }

  #perform(): T {
    const { faults } = this.#queue.options;
    const { path, operation, perform, performPart } = this.#work;
    const code = faults.failureOf(path, operation);
    if (code === null) return perform();
    performPart?.(faults.failedShare());
    throw new SystemError(code, operation, `'${path}'`);
  }

  /** Nobody is left to hear of an error. */
  #quietly(perform: () => void): void {
    try {
      perform();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
}
