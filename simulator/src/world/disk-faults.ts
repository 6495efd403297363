// What is wrong with a virtual disk at present, by path prefix. Asked by the queue for each call.
import type { CrashPoint, SeededRandom } from "./contract.ts";

/** How long one call takes on a disk without faults. */
const LATENCY_MS = [0.05, 2] as const;

/** Operations that open a file. */
const NEEDS_DESCRIPTOR = /^open-|^read-file$/;

export class DiskFaults {
  readonly #latencyRandom: SeededRandom;
  readonly #faultRandom: SeededRandom;
  readonly #usedBytes: (prefix: string) => number;
  readonly #slowMs = new Map<string, number>();
  readonly #frozen = new Set<string>();
  readonly #limits = new Map<string, number>();
  readonly #failing = new Map<string, { readonly ratio: number; readonly code: string }>();
  #isOutOfDescriptors = false;
  #crashPoint: (CrashPoint & { callsLeft: number; readonly crash: () => void }) | null = null;
  /** Calls that stand still; they go on at the next heal. */
  #waiting: (() => void)[] = [];

  constructor(options: {
    readonly latencyRandom: SeededRandom;
    readonly faultRandom: SeededRandom;
    /** Bytes in use under a prefix. */
    readonly usedBytes: (prefix: string) => number;
  }) {
    this.#latencyRandom = options.latencyRandom;
    this.#faultRandom = options.faultRandom;
    this.#usedBytes = options.usedBytes;
  }

  /** The process crashes at one call to come, counted from now. */
  crashAtCall(point: CrashPoint, crash: () => void): void {
    this.#crashPoint = { ...point, callsLeft: point.call, crash };
  }

  /** Counts a call that is about to happen; what must be done at it, if it is the one. */
  takeCrashPoint(): (CrashPoint & { readonly crash: () => void }) | null {
    const point = this.#crashPoint;
    if (point === null) return null;
    point.callsLeft -= 1;
    if (point.callsLeft > 0) return null;
    this.#crashPoint = null;
    return point;
  }

  slow(prefix: string, byMs: number): void {
    this.#slowMs.set(prefix, byMs);
  }

  freeze(prefix: string): void {
    this.#frozen.add(prefix);
  }

  limitBytes(prefix: string, bytes: number): void {
    this.#limits.set(prefix, bytes);
  }

  failRatio(prefix: string, ratio: number, code: string): void {
    this.#failing.set(prefix, { ratio, code });
  }

  exhaustDescriptors(): void {
    this.#isOutOfDescriptors = true;
  }

  /** As `heal`, for what was put on this very prefix. */
  healPrefix(prefix: string): void {
    for (const faults of [this.#slowMs, this.#frozen, this.#limits, this.#failing]) {
      faults.delete(prefix);
    }
    this.#goOn();
  }

  heal(): void {
    this.#crashPoint = null;
    this.#isOutOfDescriptors = false;
    this.#slowMs.clear();
    this.#frozen.clear();
    this.#limits.clear();
    this.#failing.clear();
    this.#goOn();
  }

  /** Calls of what is still frozen stop again. */
  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
  }

  latencyMs(path: string): number {
    const [minimum, maximum] = LATENCY_MS;
    let latencyMs = minimum + this.#latencyRandom.fraction() * (maximum - minimum);
    for (const [prefix, byMs] of this.#slowMs) if (isUnder(path, prefix)) latencyMs += byMs;
    return latencyMs;
  }

  isFrozen(path: string): boolean {
    for (const prefix of this.#frozen) if (isUnder(path, prefix)) return true;
    return false;
  }

  whenHealed(goOn: () => void): void {
    this.#waiting.push(goOn);
  }

  /** The error code with which this call fails, or null. */
  failureOf(path: string, operation: string): string | null {
    // What is open stays open; only a further file cannot be opened.
    if (this.#isOutOfDescriptors && NEEDS_DESCRIPTOR.test(operation)) return "EMFILE";
    for (const [prefix, { ratio, code }] of this.#failing) {
      if (isUnder(path, prefix) && this.#faultRandom.chance(ratio)) return code;
    }
    return null;
  }

  /** How much of a failed write was done all the same: 0 ≤ x < 1. */
  failedShare(): number {
    return this.#faultRandom.fraction();
  }

  /** The limited file system that holds `path`: its longest prefix, or "". */
  fileSystemOf(path: string): string {
    let longest = "";
    for (const prefix of this.#limits.keys()) {
      if (isUnder(path, prefix) && prefix.length > longest.length) longest = prefix;
    }
    return longest;
  }

  /** null = nobody has set a limit. */
  freeBytes(path: string): number | null {
    const prefix = this.fileSystemOf(path);
    const limit = this.#limits.get(prefix);
    return limit === undefined ? null : Math.max(0, limit - this.#usedBytes(prefix));
  }
}

/** "/a/b" is under "/a" and "/a/b", not under "/a/bc"; "/a/b.ul" is not under "/a/b". */
function isUnder(path: string, prefix: string): boolean {
  const base = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  return path === base || path.startsWith(base + "/");
}
