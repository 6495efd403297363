// What is wrong now: raised and cleared by whoever notices, shown by the API with its remedy.
// A leaf.
import { ERRORS, type ErrorCode } from "./errors.ts";
import type { Metrics } from "./metrics.ts";

export type AlarmSeverity = "warning" | "critical";

export interface Alarm {
  readonly code: ErrorCode;
  readonly severity: AlarmSeverity;
  /** What it is about: a pool, an IP Office, the live directory. */
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly detail: string;
  readonly remedy: string;
}

export interface NewAlarm {
  readonly code: ErrorCode;
  readonly severity: AlarmSeverity;
  readonly subject: string;
  readonly detail: string;
}

/** Alarms at the same time; beyond it new ones are only in the log. */
export const MAXIMUM_ALARMS = 1_000;

export class Alarms {
  readonly #metrics: Metrics;
  readonly #wallTimeMs: () => number;
  readonly #byKey = new Map<string, Alarm>();

  constructor(metrics: Metrics, wallTimeMs: () => number) {
    this.#metrics = metrics;
    this.#wallTimeMs = wallTimeMs;
  }

  /** True when it is new; a raised one only gets the new detail. */
  raise({ code, severity, subject, detail }: NewAlarm): boolean {
    const key = keyOf(code, subject);
    const known = this.#byKey.get(key);
    if (known === undefined && this.#byKey.size >= MAXIMUM_ALARMS) return false;
    const since = known?.since ?? new Date(this.#wallTimeMs()).toISOString();
    const { remedy } = ERRORS[code];
    this.#byKey.set(key, { code, severity, subject, since, detail, remedy });
    this.#metrics.set("alarms", this.#byKey.size);
    return known === undefined;
  }

  /** True when it was raised. */
  clear(code: ErrorCode, subject: string): boolean {
    const wasRaised = this.#byKey.delete(keyOf(code, subject));
    this.#metrics.set("alarms", this.#byKey.size);
    return wasRaised;
  }

  /** Oldest first. */
  list(): readonly Alarm[] {
    return [...this.#byKey.values()];
  }
}

function keyOf(code: ErrorCode, subject: string): string {
  return `${code} ${subject}`;
}
