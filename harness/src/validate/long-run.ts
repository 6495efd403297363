// A validation over days: one sample a minute, each kept as soon as it is there, so that a run can
// be stopped and continued, and outlives restarts of either end. Knows clock and store only; what a
// sample is, long-run-probe.ts knows. standards.md: each minute for a week.
import type { Clock } from "@tapeline/recorder/ports";
import { milliseconds, percent } from "./words.ts";

export const MINUTE_MS = 60_000;

/** One minute of the path. */
export interface MinuteSample {
  /** Since the start of the run, from 0. */
  readonly minute: number;
  /** Wall clock, ms since 1970. */
  readonly wallMs: number;
  /** null = no sample: the call was not answered or no report came; `why` says it. */
  readonly reading: {
    readonly lossRatio: number;
    readonly jitterMs: number;
    readonly roundTripMs: number | null;
  } | null;
  readonly why: string | null;
}

/** Where the samples stand; on disk in the field. */
export interface SampleStore {
  /** Of the run that is continued; `startedMs` null = a new one. */
  load(): Promise<{ readonly startedMs: number | null; readonly samples: readonly MinuteSample[] }>;
  begin(startedMs: number): Promise<void>;
  append(sample: MinuteSample): Promise<void>;
}

/** Gone with the process. */
export function memorySamples(): SampleStore {
  const samples: MinuteSample[] = [];
  let begunMs: number | null = null;
  return {
    load: () => Promise.resolve({ startedMs: begunMs, samples: [...samples] }),
    begin: (startedMs) => {
      begunMs = startedMs;
      return Promise.resolve();
    },
    append: (sample) => {
      samples.push(sample);
      return Promise.resolve();
    },
  };
}

export interface LongRunOptions {
  readonly forSeconds: number;
  readonly clock: Clock;
  readonly store: SampleStore;
  /** Measures for a few seconds; never rejects for what the network does. */
  readonly measure: () => Promise<Pick<MinuteSample, "reading" | "why">>;
  readonly progress: (text: string) => void;
  readonly isStopped: () => boolean;
  readonly onStop: (callback: () => void) => void;
}

export interface LongRunFacts {
  readonly askedSeconds: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly samples: readonly MinuteSample[];
}

export async function longRun(options: LongRunOptions): Promise<LongRunFacts> {
  const { clock, store, forSeconds } = options;
  const before = await store.load();
  const startedMs = before.startedMs ?? clock.wallTimeMs();
  if (before.startedMs === null) await store.begin(startedMs);
  else options.progress(`continued: ${before.samples.length} minutes are there`);
  const samples = [...before.samples];
  const worst = new WorstSoFar(samples);
  // Within a run the monotonic clock counts: the wall clock may step.
  const originMs = clock.nowMs() - (clock.wallTimeMs() - startedMs);
  const elapsedMs = () => clock.nowMs() - originMs;
  const minutes = Math.floor(forSeconds / 60);
  while (!options.isStopped()) {
    const next = Math.max(Math.floor(elapsedMs() / MINUTE_MS), (samples.at(-1)?.minute ?? -1) + 1);
    if (next >= minutes) break;
    await pause(options, next * MINUTE_MS - elapsedMs());
    if (options.isStopped()) break;
    const sample = { minute: next, wallMs: clock.wallTimeMs(), ...(await options.measure()) };
    samples.push(sample);
    await store.append(sample);
    worst.add(sample);
    options.progress(soFar(sample, minutes, worst));
  }
  if (!options.isStopped()) await pause(options, minutes * MINUTE_MS - elapsedMs());
  return { askedSeconds: forSeconds, startedMs, endedMs: startedMs + elapsedMs(), samples };
}

/** Until the time has passed, or the run is stopped. */
function pause({ clock, onStop }: LongRunOptions, ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.setTimer("validate.minute", ms, resolve);
    onStop(() => {
      timer.cancel();
      resolve();
    });
  });
}

/** The worst of each figure so far; a week of minutes is not looked through each minute. */
class WorstSoFar {
  #lossRatio = 0;
  #jitterMs = 0;
  #roundTripMs = 0;

  constructor(samples: readonly MinuteSample[]) {
    for (const sample of samples) this.add(sample);
  }

  add({ reading }: MinuteSample): void {
    if (reading === null) return;
    this.#lossRatio = Math.max(this.#lossRatio, reading.lossRatio);
    this.#jitterMs = Math.max(this.#jitterMs, reading.jitterMs);
    this.#roundTripMs = Math.max(this.#roundTripMs, reading.roundTripMs ?? 0);
  }

  toString(): string {
    const [loss, jitter] = [percent(this.#lossRatio), milliseconds(this.#jitterMs)];
    return `loss ${loss}, jitter ${jitter}, one way ${milliseconds(this.#roundTripMs / 2)}`;
  }
}

function soFar({ minute, reading, why }: MinuteSample, minutes: number, worst: WorstSoFar): string {
  const now =
    reading === null
      ? `no sample (${why ?? "?"})`
      : `loss ${percent(reading.lossRatio)}, jitter ${milliseconds(reading.jitterMs)}`;
  return `minute ${minute + 1} of ${minutes}: ${now}; worst so far: ${worst.toString()}`;
}
