// `testbed bench --virtual`: a site whose calls all talk at once, recorded in the virtual world by
// the very recorder, checked like any run. How much faster than real time that goes, and how many
// packets a second (design.md §9).
import type { Scenario } from "@tapeline/scenarios";
import { scenario } from "@tapeline/scenarios/language";
import { entries, type RecordedFile } from "../record/run-record.ts";
import { check, play } from "../run-scenario.ts";
import { VirtualEnvironment } from "../virtual/virtual-environment.ts";
import { rounded, type BenchOptions } from "./bench-run.ts";

/** The first runs let the runtime compile the program; they are not counted. */
export interface VirtualBenchRuns {
  readonly warmUp: number;
  readonly counted: number;
}

const RUNS: VirtualBenchRuns = { warmUp: 10, counted: 10 };
/** The call and its recording. */
const CHANNELS_A_CALL = 2;
const FIRST_EXTENSION = 2001;
const FIRST_NUMBER = 4_930_100_000;
const SEED = "bench";

/** The document of `testbed bench --virtual --json`: sums over all counted runs. */
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
  readonly wallMs: number;
  /** virtualMs ÷ wallMs. */
  readonly timesRealTime: number;
  /** Packets received a second of wall time. */
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
  const sums = { packetsSent: 0, packetsReceived: 0, virtualMs: 0, wallMs: 0 };
  for (let run = 1; run <= warmUp + counted; run += 1) {
    const counts = await measure(scenario, `${SEED}+${run}`);
    for (const complaint of counts.complaints) problems.push(`run ${run}: ${complaint}`);
    const isCounted = run > warmUp;
    const speed = `${Math.round(counts.virtualMs / counts.wallMs)} × real time`;
    process.stderr.write(`bench: run ${run}, ${speed}${isCounted ? "" : " (not counted)"}\n`);
    if (!isCounted) continue;
    for (const name of COUNTED) sums[name] += counts[name];
  }
  const { virtualMs, wallMs, packetsReceived } = sums;
  const figures: VirtualBenchFigures = {
    mode: "virtual",
    calls: options.calls,
    seconds: options.seconds,
    runs: counted,
    ...sums,
    virtualMs: Math.round(virtualMs),
    wallMs: Math.round(wallMs),
    timesRealTime: rounded(virtualMs / wallMs),
    packetsPerSecond: Math.round((packetsReceived / wallMs) * 1000),
  };
  return { figures, problems };
}

const COUNTED = ["packetsSent", "packetsReceived", "virtualMs", "wallMs"] as const;

type Counts = Readonly<Record<(typeof COUNTED)[number], number>> & {
  readonly complaints: readonly string[];
};

async function measure(scenario: Scenario, seed: string): Promise<Counts> {
  const startedMs = performance.now();
  const environment = await VirtualEnvironment.start({
    scenario,
    seed,
    trace: "hash",
    plan: null,
  });
  try {
    const record = await play(environment);
    const wallMs = performance.now() - startedMs;
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
