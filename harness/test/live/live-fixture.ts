// What the live acceptance tests share: a recorder of their own in a folder of their own, started
// as a customer starts it, and readers of what it leaves behind (formats.md), which are not the
// recorder's. Waits are for conditions, looked at again and again; limits only catch what hangs.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { nodeClock, nodeRandom, nodeTcp, nodeUdp } from "@tapeline/recorder/ports/node";
import {
  loadSite,
  prepareVoices,
  SimulatedIpOffice,
  type SiteInput,
} from "@tapeline/simulator/pbx";
import { stringify } from "yaml";
import { missingJudges } from "../../src/gate/judges.ts";
import { freePort } from "../../src/live/free-ports.ts";
import { recorderCommand, RecorderProcess } from "../../src/live/recorder-process.ts";

export const HOST = "127.0.0.1";
export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
/** Of a whole live test. Such limits catch what hangs: no test depends on a machine's speed. */
export const LIVE_TEST_LIMIT_MS = 580_000;
/** Longest wait for one condition, on a slow and busy machine. */
const WAIT_LIMIT_MS = 300_000;
const LOOK_EVERY_MS = 10;

/**
 * false, or why a test that needs these programs is skipped. In CI a missing judge is a failure:
 * the test runs, and fails by not finding it.
 */
export function skipWithout(...programs: readonly string[]): string | false {
  if (process.env["CI"] === "true") return false;
  const missing = missingJudges(process.env["PATH"] ?? "").filter(({ program }) =>
    programs.includes(program),
  );
  if (missing.length === 0) return false;
  return `needs Debian's ${missing.map(({ debianPackage }) => debianPackage).join(", ")}`;
}

/** Resolves once the condition holds. Rejects with what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = WAIT_LIMIT_MS,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => {
      // real time: another process is looked at, which tells nobody when it has changed.
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}

/** An empty folder. */
export function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "tapeline-live-"));
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a program to its end, never through a shell. */
export async function run(
  program: string,
  given: readonly string[],
  options: { readonly cwd?: string; readonly input?: Uint8Array } = {},
): Promise<Ended> {
  const child = spawn(program, [...given], { cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => stdout.push(piece));
  child.stderr.on("data", (piece: Buffer) => stderr.push(piece));
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

// -- The recorder --------------------------------------------------------------------------------

export interface LiveRecorder {
  readonly folder: string;
  readonly configFile: string;
  readonly live: string;
  readonly pool: string;
  readonly state: string;
  readonly log: string;
  readonly sipPort: number;
  /** Starts it (again); resolves when it says that it is ready. */
  start(): Promise<RecorderProcess>;
  /** The running process. */
  process(): RecorderProcess;
  /** JSON of the HTTP API. */
  api(path: string): Promise<unknown>;
  /** Where its HTTP is, and an administrator's key. */
  http(): { readonly url: string; readonly token: string };
}

export interface LiveRecorderOptions {
  readonly devlink3: readonly Readonly<Record<string, unknown>>[];
  readonly rtp?: Readonly<Record<string, unknown>>;
  /** A free one unless said. */
  readonly sipPort?: number;
  /** More of the configuration, section by section. */
  readonly changes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A recorder on free ports; it ends with the test, whatever comes. */
export async function liveRecorder(
  context: TestContext,
  options: LiveRecorderOptions,
): Promise<LiveRecorder> {
  const folder = await newFolder();
  const path = (name: string): string => join(folder, name);
  const sipPort = options.sipPort ?? (await freePort(HOST));
  const rtp = options.rtp ?? { port: await freePort(HOST, true) };
  const sections: Record<string, Readonly<Record<string, unknown>>> = {
    recorder: { address: HOST },
    sip: { port: sipPort, allow: [HOST] },
    rtp: { ...rtp },
    live: { directory: "live" },
    http: { port: 0 },
    state: { directory: "state" },
    catalog: { file: "catalog.sqlite" },
    log: { directory: "log", level: "debug" },
    simulation: { allowLoopback: true },
  };
  for (const [name, change] of Object.entries(options.changes ?? {})) {
    sections[name] = { ...sections[name], ...change };
  }
  const configFile = path("recorder.yaml");
  const pools = [{ name: "main", drives: [{ path: "pool" }] }];
  await writeFile(configFile, stringify({ ...sections, devlink3: options.devlink3, pools }));
  return boot(context, { folder, configFile, sipPort });
}

function boot(
  context: TestContext,
  place: { readonly folder: string; readonly configFile: string; readonly sipPort: number },
): LiveRecorder {
  let running: RecorderProcess | null = null;
  let url = "";
  let token = "";
  context.after(async () => {
    if (running?.isRunning() === true) await running.kill();
    await removeFolder(place.folder);
  });
  const current = (): RecorderProcess => {
    if (running === null) throw new Error("the recorder has not been started");
    return running;
  };
  return {
    ...place,
    live: join(place.folder, "live"),
    pool: join(place.folder, "pool"),
    state: join(place.folder, "state"),
    log: join(place.folder, "log"),
    async start() {
      if (token === "") token = await createKey(place.configFile);
      running = new RecorderProcess(place.configFile);
      ({ url } = await running.ready());
      return running;
    },
    process: current,
    http: () => ({ url, token }),
    async api(path) {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(url + path, { headers })).json();
    },
  };
}

async function createKey(configFile: string): Promise<string> {
  const role = ["--role", "administrator", "--name", "live-test"];
  return (await recorderCommand(["key", "create", "--config", configFile, ...role])).trim();
}

/** Resolves when nothing is recorded, settled or stored any more. */
export function untilIdle(recorder: LiveRecorder): Promise<void> {
  return until("the recorder has finished all work", async () => {
    const work = (await recorder.api("/api/v1/work")) as Readonly<Record<string, unknown>>;
    return work["recordings"] === 0 && work["stores"] === 0;
  });
}

/** One figure of the recorder's metrics, by its name without the prefix. */
export async function metric(recorder: LiveRecorder, name: string): Promise<number> {
  const text = await (await fetch(`${recorder.http().url}/metrics`)).text();
  return Number(new RegExp(`^tapeline_${name} (\\S+)$`, "m").exec(text)?.[1]);
}

// -- The simulated IP Office ---------------------------------------------------------------------

export interface LiveIpOffice {
  readonly pbx: SimulatedIpOffice;
  /** The entry for it in the recorder's configuration. */
  readonly devlink3: Readonly<Record<string, unknown>>;
}

/** The built-in site with changes, on loopback in this process; it closes with the test. */
export async function simulatedIpOffice(
  context: TestContext,
  changes: SiteInput = {},
): Promise<LiveIpOffice> {
  const pbx = new SimulatedIpOffice(
    {
      site: loadSite(changes),
      listen: { host: HOST, devlink3Port: 0, sipPort: 0, rtpPortBase: 0 },
      keepPayloads: true,
    },
    { clock: nodeClock(), random: nodeRandom(), udp: nodeUdp(), tcp: nodeTcp() },
    { onSip: () => undefined, onDevLink3: () => undefined },
  );
  prepareVoices();
  const { devlink3 } = await pbx.start();
  context.after(() => pbx.close());
  const { host, port, user, password } = devlink3;
  return { pbx, devlink3: { host, port, user, password } };
}

// -- What it leaves behind -----------------------------------------------------------------------

/** A journal line. */
export interface Line {
  readonly type: string;
  readonly at: string;
  readonly elapsedMs: number;
  readonly sample: number;
  readonly [field: string]: unknown;
}

/** Files below a directory, absolute, sorted; none when it is missing. */
export function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** recordingKeys of the files with this ending. */
export function keysWith(directory: string, ending: string): string[] {
  return filesIn(directory)
    .filter((path) => path.endsWith(ending))
    .map((path) => basename(path, ending))
    .sort();
}

/** The whole lines of a journal; of one that is being written the last may be on its way. */
export function journalOf(path: string): Line[] {
  const text = readFileSync(path, "utf8");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

export function linesOf(journal: readonly Line[], type: string): Line[] {
  return journal.filter((line) => line.type === type);
}

export interface ToldGap {
  readonly fromSample: number;
  readonly toSample: number;
  readonly cause: string;
}

/** The gap lines of a journal, by sample. */
export function gapsOf(journal: readonly Line[]): ToldGap[] {
  return linesOf(journal, "gap")
    .map((line) => ({
      fromSample: Number(line["fromSample"]),
      toSample: Number(line["fromSample"]) + Number(line["samples"]),
      cause: String(line["cause"]),
    }))
    .sort((one, other) => one.fromSample - other.fromSample);
}

/** First line of each SIP message in a journal, with its direction: "in BYE sip:… SIP/2.0". */
export function sipTitles(journal: readonly Line[]): string[] {
  return linesOf(journal, "sip").map((line) => {
    const [first = ""] = String(line["text"]).split("\r\n");
    return `${String(line["direction"])} ${first}`;
  });
}

/** Samples that speexdec, the third-party judge, makes of a `.spx`. */
export async function speexSamples(path: string): Promise<number> {
  const raw = join(dirname(path), `.${basename(path)}.raw`);
  try {
    const ended = await run("speexdec", ["--mono", path, raw]);
    if (ended.code !== 0) throw new Error(`speexdec ${path}: ${ended.stderr}`);
    return readFileSync(raw).length / 2;
  } finally {
    await rm(raw, { force: true });
  }
}

/** A site or another YAML file of a test. */
export async function writeYaml(path: string, value: unknown): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, stringify(value));
  return path;
}
