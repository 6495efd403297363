// The recorder under load: a child process started as a customer starts it, called by the simulated
// IP Office on request over DevLink3. Talk while CPU time is taken, then talk while its main thread
// is blocked, then every file is compared with what was spoken.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PbxAddresses } from "@tapeline/simulator/pbx";
import { stringify } from "yaml";
import { freePort } from "../live/free-ports.ts";
import { RecorderProcess } from "../live/recorder-process.ts";
import { recorderConfig } from "../testbed-config.ts";
import { Office, type BenchRun } from "./bench-run.ts";
import type { OfficeState } from "./bench-office.ts";
import { type CpuTime, peakRssBytes } from "./cpu-time.ts";
import { blockMainThread, INSPECTABLE } from "./main-thread-block.ts";
import type { Verification } from "./verify-recordings.ts";

const HOST = "127.0.0.1";
/** How the recorder calls the thread that receives all audio. */
const MEDIA_THREAD = "media-plane";
export const BLOCK_MS = 2000;
/** Talk after the block, so that what it held up can be seen. */
const AFTER_BLOCK_MS = 2000;
/** A recording settles at most 35 s after its end (design.md §5). */
const SETTLE_LIMIT_MS = 60_000;

export interface RecorderMeasured {
  readonly cpu: CpuTime | null;
  readonly rssBytes: number | null;
  readonly kernelDrops: number;
  readonly blockedMs: number;
  readonly state: OfficeState;
  readonly verification: Verification;
}

/** All files go below `directory`. */
export async function measureRecorder(run: BenchRun, directory: string): Promise<RecorderMeasured> {
  const office = new Office();
  let recorder: RecorderProcess | null = null;
  try {
    const { calls } = run.options;
    const addresses = (await office.ask({ type: "start", calls, dialled: null })) as PbxAddresses;
    const configFile = await writeConfig(directory, addresses);
    recorder = new RecorderProcess(configFile, INSPECTABLE);
    const { url } = await recorder.ready();
    await run.waitFor("the DevLink3 link", async () => {
      return (await office.state()).streamingConnections > 0;
    });
    return await measure(run, { office, recorder, url, live: join(directory, "live") });
  } finally {
    // What it would still compress is of no interest, so it need not stop in order.
    await Promise.all([recorder?.kill(), office.kill()]);
  }
}

async function measure(
  run: BenchRun,
  parts: {
    readonly office: Office;
    readonly recorder: RecorderProcess;
    readonly url: string;
    readonly live: string;
  },
): Promise<RecorderMeasured> {
  const { office, recorder, live } = parts;
  const { calls, seconds } = run.options;
  run.tell(`the recorder, ${calls} calls begin`);
  await office.ask({ type: "call" });
  run.tell(`all calls are up; ${seconds} s of talk`);
  const cpu = await run.cpuPerPacket(
    office,
    { pid: recorder.pid, threadName: MEDIA_THREAD },
    seconds,
  );
  const rssBytes = peakRssBytes(recorder.pid);
  run.tell(`the recorder's main thread is blocked for ${BLOCK_MS} ms`);
  const blockedMs = await blockMainThread(recorder, BLOCK_MS, (what, isSo) =>
    run.waitFor(what, isSo),
  );
  await run.sleep(AFTER_BLOCK_MS);
  run.tell("the calls end");
  await office.ask({ type: "hangUp" });
  const complete = (names: readonly string[]): number =>
    names.filter((name) => name.endsWith(".vrtx")).length;
  await run.waitFor(
    "every journal complete",
    async () => complete(await readdir(live)) >= calls,
    SETTLE_LIMIT_MS,
  );
  const kernelDrops = await metric(parts.url, "tapeline_rtp_kernel_drops_total");
  run.tell("every file is compared with what was spoken");
  const verification = (await office.ask({ type: "verify", liveDirectory: live })) as Verification;
  const state = await office.state();
  return { cpu, rssBytes, kernelDrops, blockedMs, state, verification };
}

/** The recorder's configuration beside the bench's IP Office. */
export async function writeConfig(directory: string, { devlink3 }: PbxAddresses): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, "recorder.yaml");
  const config = recorderConfig({
    address: HOST,
    allowLoopback: true,
    sipPort: await freePort(HOST),
    rtpPort: await freePort(HOST, true),
    httpPort: 0,
    devlink3: {
      host: devlink3.host,
      port: devlink3.port,
      user: devlink3.user,
      password: devlink3.password,
      tls: false,
    },
    directories: {
      live: join(directory, "live"),
      pools: [join(directory, "pool")],
      state: join(directory, "state"),
      log: join(directory, "log"),
    },
    catalogFile: join(directory, "catalog.sqlite"),
    // As a customer runs it; runs of scenarios log everything.
    changes: { log: { level: "info" } },
  });
  await writeFile(file, stringify(config));
  return file;
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}
