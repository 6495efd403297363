// `testbed bench --virtual`: a site whose calls all talk at once, recorded in the virtual world by
// the very recorder, checked like any run. How much faster than real time that goes, and how many
// packets a second (design.md §9): told of the fastest run, since what else the machine does can
// only make a run slower, with the mean of all runs beside it.
import type { Scenario } from "@tapeline/scenarios";
import { scenario } from "@tapeline/scenarios/language";
import { collect, entries, type RecordedFile } from "../record/run-record.ts";
import { act, check } from "../run-scenario.ts";
import { VirtualEnvironment } from "../virtual/virtual-environment.ts";
import { rounded, type BenchOptions } from "./bench-run.ts";

/** The first runs let the runtime compile the program; they are not counted. */
export interface VirtualBenchRuns {
  readonly warmUp: number;
  readonly counted: number;
}

const RUNS: VirtualBenchRuns = { warmUp: 10, counted: 60 };
/** The call and its recording. */
const CHANNELS_A_CALL = 2;
const FIRST_EXTENSION = 2001;
const FIRST_NUMBER = 4_930_100_000;
const SEED = "bench";

/** The document of `testbed bench --virtual --json`; packets and times are sums over all runs. */
export interface VirtualBenchFigures {
  readonly mode: "virtual";
  /** At once. */
  readonly calls: number;
  /** Of talk, in each run. */
  readonly seconds: number;
  readonly runs: number;
  /** RTP packets of the simulated IP Office. */
  readonly packetsSent: number;
  /** By the statistics in the recorder's journals. */
  readonly packetsReceived: number;
  readonly virtualMs: number;
  /** From the start of recorder and IP Office to their end; the checks are not in it. */
  readonly wallMs: number;
  /** Virtual time ÷ wall time, of the fastest run. */
  readonly timesRealTime: number;
  /** virtualMs ÷ wallMs: of all runs. */
  readonly meanTimesRealTime: number;
  /** Packets received a second of wall time, of the fastest run. */
  readonly packetsPerSecond: number;
}

export interface VirtualBenchOutcome {
  readonly figures: VirtualBenchFigures;
  /** What checkers complained of; empty = all good. */
  readonly problems: readonly string[];
}

/** Runs the same site with a new seed each time. Progress goes to standard error. */
export async function virtualBench(
  options: BenchOptions,
  { warmUp, counted } = RUNS,
): Promise<VirtualBenchOutcome> {
  const scenario = busyScenario(options);
  const problems: string[] = [];
  const all: Counts[] = [];
  for (let run = 1; run <= warmUp + counted; run += 1) {
    const counts = await measure(scenario, `${SEED}+${run}`);
    for (const complaint of counts.complaints) problems.push(`run ${run}: ${complaint}`);
    const isCounted = run > warmUp;
    const speed = `${Math.round(speedOf(counts))} × real time`;
    process.stderr.write(`bench: run ${run}, ${speed}${isCounted ? "" : " (not counted)"}\n`);
    if (isCounted) all.push(counts);
  }
  return { figures: figuresOf(options, all), problems };
}

interface Counts {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly virtualMs: number;
  readonly wallMs: number;
  readonly complaints: readonly string[];
}

function figuresOf({ calls, seconds }: BenchOptions, all: readonly Counts[]): VirtualBenchFigures {
  const virtualMs = sumOf(all.map((counts) => counts.virtualMs));
  const wallMs = sumOf(all.map((counts) => counts.wallMs));
  const packetsPerSecond = all.map((counts) => (counts.packetsReceived / counts.wallMs) * 1000);
  return {
    mode: "virtual",
    calls,
    seconds,
    runs: all.length,
    packetsSent: sumOf(all.map((counts) => counts.packetsSent)),
    packetsReceived: sumOf(all.map((counts) => counts.packetsReceived)),
    virtualMs: Math.round(virtualMs),
    wallMs: Math.round(wallMs),
    timesRealTime: rounded(Math.max(...all.map(speedOf))),
    meanTimesRealTime: rounded(virtualMs / wallMs),
    packetsPerSecond: Math.round(Math.max(...packetsPerSecond)),
  };
}

function speedOf({ virtualMs, wallMs }: Counts): number {
  return virtualMs / wallMs;
}

async function measure(scenario: Scenario, seed: string): Promise<Counts> {
  const startedMs = performance.now();
  const environment = await VirtualEnvironment.start({
    scenario,
    seed,
    trace: "hash",
    plan: null,
  });
  try {
    const end = await act(environment);
    const wallMs = performance.now() - startedMs;
    const record = await collect(environment, end);
    const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
    return {
      packetsSent: sumOf(legs.map(({ frames }) => frames.length)),
      packetsReceived: sumOf(record.recordings.map(receivedOf)),
      virtualMs: environment.nowMs(),
      wallMs,
      complaints: check(record).flatMap(({ name, detail }) =>
        detail === null ? [] : [`${name}: ${detail}`],
      ),
    };
  } catch (error) {
    await environment.abandon();
    throw error;
  }
}

function receivedOf(recording: RecordedFile): number {
  const statistics = entries(recording, "statistics").at(-1);
  return Number(statistics?.["packetsReceived"] ?? 0);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** As many agents as calls; all calls are up before anybody hangs up. */
function busyScenario({ calls, seconds }: BenchOptions): Scenario {
  const extensions = Array.from({ length: calls }, (_, index) => String(FIRST_EXTENSION + index));
  return scenario({
    name: "bench/busy-site",
    title: `${calls} calls at once`,
    proves: ["R16"],
    site: {
      users: extensions.map((extension) => ({ extension, name: `Agent ${extension}` })),
      groups: [],
      trunks: [{ name: "Trunk", kind: "sip", line: 17, channels: calls }],
      vcm: { channels: calls * CHANNELS_A_CALL },
    },
    async story(story) {
      for (const [index, extension] of extensions.entries()) {
        await story.caller(`+${FIRST_NUMBER + index}`).calls(extension);
        await story.agent(extension).answers();
      }
      for (const extension of extensions) await story.agent(extension).isBeingRecorded();
      await story.talk({ seconds });
      for (const extension of extensions) await story.agent(extension).hangsUp();
    },
    expects: { recordings: extensions.map(() => ({ outcome: "ok", part: 1 })) },
  });
}
