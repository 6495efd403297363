// What all ports of one virtual process share: whether it still lives, what it holds open, and the
// calls it waits for. A crash lets go of everything; promises of a dead process never settle, and
// what its code still does goes nowhere.
import type { Scheduler } from "./scheduler.ts";
import type { ScheduledEvent } from "./event-queue.ts";

export type CrashKind = "process" | "power";

/** Something that a process holds until it is closed: a timer, a socket, a file, a call. */
export interface Holding {
  /** For `leftovers`: "udp 192.0.2.10:5060". */
  describe(): string;
  /** The process is no more. Must not call any of its callbacks. */
  abandon(kind: CrashKind): void;
  /** Its place among what the process holds, -1 = none. The scope's own. */
  heldAt: number;
}

export class ProcessScope {
  readonly name: string;
  readonly scheduler: Scheduler;
  /** In no order: one that is released leaves its place to the last. Each packet comes by here. */
  #holdings: Holding[] = [];
  #isAlive = true;

  constructor(name: string, scheduler: Scheduler) {
    this.name = name;
    this.scheduler = scheduler;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  hold(holding: Holding): void {
    holding.heldAt = this.#holdings.length;
    this.#holdings.push(holding);
  }

  release(holding: Holding): void {
    const at = holding.heldAt;
    holding.heldAt = -1;
    const last = this.#holdings.at(-1);
    if (at < 0 || last === undefined) return;
    this.#holdings.pop();
    if (last === holding) return;
    last.heldAt = at;
    this.#holdings[at] = last;
  }

  leftovers(): string[] {
    return this.#holdings.map((holding) => holding.describe()).sort();
  }

  crash(kind: CrashKind): void {
    this.#isAlive = false;
    // Letting go of one may let go of others.
    for (let last = this.#holdings.at(-1); last !== undefined; last = this.#holdings.at(-1)) {
      this.release(last);
      last.abandon(kind);
    }
  }

  /** A port call that takes `delayMs`: `perform` decides its result at the end of that time. */
  call<T>(name: string, delayMs: number, perform: () => T): Promise<T> {
    const call = new PendingCall<T>(this, name);
    call.completeAfter(delayMs, perform);
    return call.promise;
  }
}

/** A promise-returning port call under way. After a crash of its process it never settles. */
export class PendingCall<T> implements Holding {
  readonly promise: Promise<T>;
  heldAt = -1;
  readonly #scope: ProcessScope;
  readonly #name: string;
  /** Called when a crash finds the call unfinished: it may be half done. */
  onAbandon: (() => void) | null = null;
  #settle: { resolve: (value: T) => void; reject: (error: unknown) => void } | null = null;
  #event: ScheduledEvent | null = null;

  constructor(scope: ProcessScope, name: string) {
    this.#scope = scope;
    this.#name = name;
    this.promise = new Promise<T>((resolve, reject) => {
      if (scope.isAlive) this.#settle = { resolve, reject };
    });
    if (scope.isAlive) scope.hold(this);
  }

  /** False once settled or abandoned. */
  get isPending(): boolean {
    return this.#settle !== null;
  }

  /** Replaces what was planned for this call before. */
  completeAfter(delayMs: number, perform: () => T): void {
    this.#scope.scheduler.cancel(this.#event);
    if (!this.isPending) return;
    this.#event = this.#scope.scheduler.after(delayMs, () => {
      try {
        this.resolve(perform());
      } catch (error) {
        this.reject(error);
      }
    });
  }

  resolve(value: T): void {
    this.#finish()?.resolve(value);
  }

  reject(error: unknown): void {
    this.#finish()?.reject(error);
  }

  describe(): string {
    return `call ${this.#name}`;
  }

  abandon(): void {
    if (this.#finish() !== null) this.onAbandon?.();
  }

  #finish(): { resolve: (value: T) => void; reject: (error: unknown) => void } | null {
    const settle = this.#settle;
    this.#settle = null;
    this.#scope.scheduler.cancel(this.#event);
    this.#event = null;
    this.#scope.release(this);
    return settle;
  }
}
