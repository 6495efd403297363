// `testbed bench --listen`: how long a frame takes from the arrival of its RTP packet to its way
// into a listener's WebSocket, with many live calls (design.md §9: p99 below 40 ms). The recorder
// counts it itself, each frame (/metrics); beside that the ears tell when they got it (once a
// second each, by the recorder's `timing` messages, on one machine's clock).
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PbxAddresses } from "@tapeline/simulator/pbx";
import { recorderCommand, RecorderProcess } from "../live/recorder-process.ts";
import { percentile } from "./bench.ts";
import { BenchChild } from "./bench-child.ts";
import { BenchRun, Office, rounded } from "./bench-run.ts";
import type { EarsHeard, EarsRequest } from "./ears-process.ts";
import { bucketsOf, latencyQuantile, type Buckets } from "./latency-buckets.ts";
import { peakRssBytes } from "./cpu-time.ts";
import { writeConfig } from "./recorder-phase.ts";
import type { Verification } from "./verify-recordings.ts";

/** RTP arrival to the frame sent, p99 (design.md §9). */
export const LISTEN_LIMIT_MS = 40;
const SETTLE_LIMIT_MS = 60_000;

export interface ListenBenchOptions {
  readonly calls: number;
  readonly listeners: number;
  readonly seconds: number;
}

/** The document of `testbed bench --listen --json`. */
export interface ListenFigures extends ListenBenchOptions {
  /** From the packet's arrival in the recorder to the frame's `send`: of every frame. */
  readonly arrivalToSentMs: { readonly p50: number; readonly p99: number };
  /** The same to its receipt in the listener's process: a sample a second and listener. */
  readonly arrivalToHeardMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly framesMeasured: number;
  readonly framesHeard: number;
  readonly framesDropped: number;
  /** Of the recordings beside it. */
  readonly framesLost: number;
  readonly rssBytes: number | null;
}

export interface ListenOutcome {
  readonly figures: ListenFigures;
  readonly problems: readonly string[];
}

interface Parts {
  readonly office: Office;
  readonly recorder: RecorderProcess;
  readonly ears: BenchChild<EarsRequest>;
  readonly url: string;
  readonly token: string;
  readonly live: string;
}

/** Runs it. Progress goes to standard error. */
export async function listenBench(options: ListenBenchOptions): Promise<ListenOutcome> {
  const run = new BenchRun(options);
  const directory = await mkdtemp(join(tmpdir(), "tapeline-listen-"));
  const office = new Office();
  const ears = new BenchChild<EarsRequest>(
    new URL(`./ears-process${import.meta.url.slice(-3)}`, import.meta.url),
  );
  let recorder: RecorderProcess | null = null;
  try {
    const start = { type: "start", calls: options.calls, dialled: null } as const;
    const configFile = await writeConfig(directory, (await office.ask(start)) as PbxAddresses);
    const key = [
      "key",
      "create",
      "--config",
      configFile,
      "--role",
      "supervisor",
      "--name",
      "bench",
    ];
    const token = (await recorderCommand(key)).trim();
    recorder = new RecorderProcess(configFile);
    const { url } = await recorder.ready();
    const isLinked = async () => (await office.state()).streamingConnections > 0;
    await run.waitFor("the DevLink3 link", isLinked);
    const live = join(directory, "live");
    return await measure(run, options, { office, recorder, ears, url, token, live });
  } finally {
    await Promise.all([recorder?.kill(), office.kill(), ears.kill()]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(
  run: BenchRun,
  options: ListenBenchOptions,
  parts: Parts,
): Promise<ListenOutcome> {
  const { office, recorder, ears, url, token, live } = parts;
  const { calls, listeners, seconds } = options;
  run.tell(`${calls} calls begin`);
  await office.ask({ type: "call" });
  run.tell(`${listeners} listeners join; ${seconds} s of talk`);
  await ears.ask({ type: "listen", url, token, listeners });
  await run.sleep(1000);
  await ears.ask({ type: "forget" });
  const before = bucketsOf(await metrics(url));
  await run.sleep(seconds * 1000);
  const after = bucketsOf(await metrics(url));
  const heard = (await ears.ask({ type: "heard" })) as EarsHeard;
  const rssBytes = peakRssBytes(recorder.pid);
  run.tell("the calls end");
  await office.ask({ type: "hangUp" });
  await run.waitFor(
    "every journal complete",
    async () => (await readdir(live)).filter((name) => name.endsWith(".vrtx")).length >= calls,
    SETTLE_LIMIT_MS,
  );
  const asked = { type: "verify", liveDirectory: live } as const;
  const verification = (await office.ask(asked)) as Verification;
  const figures = figuresOf(options, { before, after }, heard);
  const told = { ...figures, framesLost: verification.framesLost, rssBytes };
  return { figures: told, problems: problemsOf(told, verification) };
}

function figuresOf(
  options: ListenBenchOptions,
  { before, after }: { readonly before: Buckets; readonly after: Buckets },
  heard: EarsHeard,
): Omit<ListenFigures, "framesLost" | "rssBytes"> {
  const counted = after.map(({ boundMs, count }, index) => ({
    boundMs,
    count: count - (before[index]?.count ?? 0),
  }));
  const sorted = heard.latenciesMs.toSorted((one, other) => one - other);
  const heardMs = (share: number): number => rounded(percentile(sorted, share));
  return {
    ...options,
    arrivalToSentMs: {
      p50: rounded(latencyQuantile(counted, 0.5)),
      p99: rounded(latencyQuantile(counted, 0.99)),
    },
    arrivalToHeardMs: { p50: heardMs(0.5), p99: heardMs(0.99), max: heardMs(1) },
    framesMeasured: counted.at(-1)?.count ?? 0,
    framesHeard: heard.frames,
    framesDropped: heard.dropped,
  };
}

function problemsOf(figures: ListenFigures, { problems }: Verification): string[] {
  const { arrivalToSentMs, listeners, seconds, framesMeasured, framesDropped } = figures;
  const told = [...problems];
  if (arrivalToSentMs.p99 >= LISTEN_LIMIT_MS) {
    told.push(`p99 from arrival to the frame sent is ${arrivalToSentMs.p99} ms, not below 40 ms`);
  }
  // A second of slack for the beginning and the end of the measurement.
  const least = listeners * Math.max(1, seconds - 1) * 50;
  if (framesMeasured < least) told.push(`${framesMeasured} frames were sent, not ${least}`);
  if (framesDropped > 0) told.push(`listeners lost ${framesDropped} frames`);
  return told;
}

async function metrics(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}
