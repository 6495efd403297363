// `testbed bench`: many live calls at once, beside the simulated IP Office on the same machine.
// Figures are ratios of one run, because machines differ (design.md §7, §9).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureBareLoop } from "./bare-phase.ts";
import { BenchRun, rounded, type BenchOptions } from "./bench-run.ts";
import type { CpuTime } from "./cpu-time.ts";
import { BLOCK_MS, measureRecorder, type RecorderMeasured } from "./recorder-phase.ts";

/** A packet of the recorder may cost so many times one of the bare receive loop (design.md §9). */
export const CPU_RATIO_LIMIT = 1.3;
/** Below so many calls CPU time is too little to be compared. */
const RATIO_CALLS = 100;

/** The document of `testbed bench --json`; null = this system does not tell it. */
export interface BenchFigures {
  readonly calls: number;
  readonly seconds: number;
  /** By the simulated IP Office, from the first answer to the last BYE. */
  readonly packetsSent: number;
  /** By the statistics in the recorder's journals. */
  readonly packetsReceived: number;
  /** Packets sent whose bytes do not stand at their place in the files. */
  readonly lost: number;
  readonly kernelDrops: number;
  /** User and system time of the whole recorder process, all threads, while all calls talk. */
  readonly cpuUsPerPacket: number | null;
  /** The same of a process that does nothing but receive, fed alike, just before and after. */
  readonly bareDgramUsPerPacket: number | null;
  readonly cpuRatio: number | null;
  /** Of the one thread that receives, in both; for whoever looks for where the time goes. */
  readonly receivingThreadUsPerPacket: number | null;
  readonly bareThreadUsPerPacket: number | null;
  /** The most memory that the recorder had until the end of the talk. */
  readonly rssBytes: number | null;
  /** How long the recorder's main thread was blocked in mid-talk. */
  readonly mainThreadBlockedMs: number;
  readonly invite200Ms: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly simulatorLateMs: { readonly p99: number; readonly max: number };
}

export interface BenchOutcome {
  readonly figures: BenchFigures;
  /** What must not be; empty = all good. */
  readonly problems: string[];
}

/** Runs the bench. Progress goes to standard error. */
export async function bench(options: BenchOptions): Promise<BenchOutcome> {
  const run = new BenchRun(options);
  const directory = await mkdtemp(join(tmpdir(), "tapeline-bench-"));
  try {
    const before = await measureBareLoop(run);
    const recorder = await measureRecorder(run, directory);
    const after = await measureBareLoop(run);
    const figures = figuresOf(options, recorder, meanOf(before, after));
    return { figures, problems: problemsOf(figures, recorder) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Before and after, because a machine has its moods. */
function meanOf(before: CpuTime | null, after: CpuTime | null): CpuTime | null {
  if (before === null || after === null) return null;
  return {
    processUs: rounded((before.processUs + after.processUs) / 2),
    threadUs: rounded((before.threadUs + after.threadUs) / 2),
  };
}

function figuresOf(
  { calls, seconds }: BenchOptions,
  recorder: RecorderMeasured,
  bare: CpuTime | null,
): BenchFigures {
  const { state, verification, cpu, kernelDrops, rssBytes, blockedMs } = recorder;
  const answersMs = [...state.answersMs].sort((one, other) => one - other);
  return {
    calls,
    seconds,
    packetsSent: state.packetsSent,
    packetsReceived: verification.packetsReceived,
    lost: verification.framesLost,
    kernelDrops,
    cpuUsPerPacket: cpu?.processUs ?? null,
    bareDgramUsPerPacket: bare?.processUs ?? null,
    cpuRatio: cpu === null || bare === null ? null : rounded(cpu.processUs / bare.processUs),
    receivingThreadUsPerPacket: cpu?.threadUs ?? null,
    bareThreadUsPerPacket: bare?.threadUs ?? null,
    rssBytes,
    mainThreadBlockedMs: Math.round(blockedMs),
    invite200Ms: {
      p50: percentile(answersMs, 0.5),
      p99: percentile(answersMs, 0.99),
      max: percentile(answersMs, 1),
    },
    simulatorLateMs: {
      p99: rounded(state.latenessMs.p99),
      max: rounded(state.latenessMs.max),
    },
  };
}

/** Of ascending values, by nearest rank; 0 of none. */
export function percentile(ascending: readonly number[], share: number): number {
  const index = Math.max(0, Math.ceil(ascending.length * share) - 1);
  return rounded(ascending[index] ?? 0);
}

function problemsOf(figures: BenchFigures, { verification, state }: RecorderMeasured): string[] {
  const { calls, packetsSent, packetsReceived, lost, kernelDrops, cpuRatio } = figures;
  const problems = [...verification.problems, ...state.violations];
  const unlessSo = (isSo: boolean, problem: string): void => {
    if (!isSo) problems.push(problem);
  };
  unlessSo(lost === 0, `${lost} packets are not in the files`);
  unlessSo(
    packetsReceived === packetsSent,
    `${packetsReceived} packets received of ${packetsSent} sent`,
  );
  unlessSo(kernelDrops === 0, `the kernel dropped ${kernelDrops} packets`);
  unlessSo(figures.mainThreadBlockedMs >= BLOCK_MS, "the main thread was not blocked");
  unlessSo(
    calls < RATIO_CALLS || cpuRatio === null || cpuRatio <= CPU_RATIO_LIMIT,
    `a packet costs ${cpuRatio} times a bare receive loop; ${CPU_RATIO_LIMIT} is the limit`,
  );
  return problems;
}
