// Real sockets as an environment: the recorder as a child process on loopback, the simulated IP
// Office in this process, real files. Waits are for conditions, looked at again and again.
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeClock, nodeRandom, nodeTcp, nodeUdp } from "@tapeline/recorder/ports/node";
import type { Clock, LogFile } from "@tapeline/recorder/ports";
import type { CapturedPacket } from "@tapeline/reports";
import type { BundledFile, ConfigurationChange, Scenario } from "@tapeline/scenarios";
import type { DatagramFate } from "@tapeline/simulator/world";
import {
  loadSite,
  prepareVoices,
  SimulatedIpOffice,
  type SiteInput,
} from "@tapeline/simulator/pbx";
import { WebSocket } from "ws";
import { parse, stringify } from "yaml";
import {
  StepFailure,
  CATALOG_ROWS,
  type ApiAnswer,
  type CatalogFact,
  type Condition,
  type Directories,
  type Environment,
  type Faults,
  type Files,
  type HeardAudio,
  type OwnAccount,
  type ReconciliationFact,
} from "../environment/environment.ts";
import { hearingSocket } from "../environment/hearing.ts";
import { Observations } from "../environment/observations.ts";
import { observedFaults } from "../environment/observed-faults.ts";
import { changedConfig, recorderConfig } from "../testbed-config.ts";
import { capturingTcp, capturingUdp } from "./capturing-ports.ts";
import { freePort } from "./free-ports.ts";
import { RELAYED_HOSTS, relayedPort, startLiveRelay, type LiveRelay } from "./live-relay.ts";
import { LoopFileSystem } from "./loop-file-systems.ts";
import { realPorts } from "./real-ports.ts";
import { readZip } from "./read-zip.ts";
import { recorderCommand, RecorderProcess } from "./recorder-process.ts";
import { liveSipTls, liveTls, type LiveSipTls, type LiveTls } from "./live-tls.ts";

const HOST = "127.0.0.1";
/** Where the two are, and the addresses by which each reaches the other. */
type Place = Readonly<Record<"pbx" | "recorder", { readonly host: string; readonly face: string }>>;

const PLAIN_HOSTS: Place = {
  pbx: { host: HOST, face: HOST },
  recorder: { host: HOST, face: HOST },
};
/** How often a condition is looked at. */
const POLL_MS = 20;
/** A slow and busy machine gets so many times as long as virtual time would take. */
const PATIENCE = 6;

export interface LiveOptions {
  readonly scenario: Scenario;
  readonly seed: string;
  /** Empty directory for all files of this run. */
  readonly directory: string;
  /** Keep datagrams for the capture. */
  readonly captures: boolean;
}

interface LiveParts {
  readonly pbx: SimulatedIpOffice;
  /** Further IP Offices. */
  readonly further: readonly SimulatedIpOffice[];
  readonly observations: Observations;
  readonly packets: CapturedPacket[];
  /** Of every datagram, where a relay saw it. */
  readonly fates: readonly DatagramFate[];
  readonly relay: LiveRelay | null;
  /** Of live directory and drives, in this order; none unless the scenario wants its own. */
  readonly fileSystems: readonly LoopFileSystem[];
  readonly directories: Directories;
  readonly configFile: string;
}

const REFUSED = '"code":"RELOAD_REFUSED"';

export class LiveEnvironment implements Environment {
  readonly mode = "live";
  readonly scenario: Scenario;
  readonly seed: string;
  /** Swarms are virtual. */
  readonly plan = null;
  readonly pbx: SimulatedIpOffice;
  readonly observations: Observations;
  readonly directories: Directories;
  readonly files: Files = { list: listFiles, read: readFile };
  readonly faults: Faults;
  readonly #fileSystems: readonly LoopFileSystem[];
  readonly #relay: LiveRelay | null;
  readonly fates: readonly DatagramFate[];
  readonly packets: readonly CapturedPacket[];
  readonly #clock = nodeClock();
  readonly #configFile: string;
  readonly #further: readonly SimulatedIpOffice[];
  #recorder: RecorderProcess | null = null;
  #url = "";
  #token = "";

  private constructor(options: LiveOptions, parts: LiveParts) {
    this.scenario = options.scenario;
    this.seed = options.seed;
    this.pbx = parts.pbx;
    this.observations = parts.observations;
    this.packets = parts.packets;
    this.fates = parts.fates;
    this.#relay = parts.relay;
    this.directories = parts.directories;
    this.#fileSystems = parts.fileSystems;
    this.faults = observedFaults(
      { ...liveFaults(parts.fileSystems), ...parts.relay?.faults },
      (fault) => {
        this.observations.faults.push({ atMs: this.pbxNowMs(), ...fault });
      },
    );
    this.#configFile = parts.configFile;
    this.#further = parts.further;
  }

  static async start(options: LiveOptions): Promise<LiveEnvironment> {
    const environment = new LiveEnvironment(options, await buildParts(options));
    try {
      environment.#token = (
        await recorderCommand([
          ...["key", "create", "--config", environment.#configFile],
          ...["--role", "administrator", "--name", "testbed"],
        ])
      ).trim();
      await environment.restart();
      if (!options.scenario.linkComesUp) return environment;
      await environment.waitFor(
        "the DevLink3 link",
        () => environment.pbx.streamingConnections() > 0,
        30_000,
      );
      return environment;
    } catch (error) {
      await environment.abandon();
      throw error;
    }
  }

  livePaths(): readonly string[] {
    return readdirSync(this.directories.live);
  }

  storedPaths(): readonly string[] {
    return this.directories.pools.flatMap((pool) =>
      existsSync(pool) ? readdirSync(pool, { recursive: true, encoding: "utf8" }) : [],
    );
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  deadlineMs(limitMs: number): number {
    return this.nowMs() + PATIENCE * limitMs;
  }

  async waitFor(what: string, condition: Condition, limitMs: number): Promise<void> {
    const [startMs, endMs] = [this.nowMs(), this.deadlineMs(limitMs)];
    while (!(await condition())) {
      if (this.nowMs() > endMs) {
        throw new StepFailure(`${what}: not within ${Math.round(endMs - startMs)} ms`);
      }
      await this.sleep(POLL_MS);
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer("live.sleep", ms, resolve);
    });
  }

  drive(story: Promise<void>): Promise<void> {
    return story;
  }

  pbxNowMs(): number {
    return this.nowMs();
  }

  note(text: string): void {
    this.observations.notes.push({ atMs: this.nowMs(), text });
  }

  async restart(): Promise<void> {
    this.note("the recorder starts");
    this.#recorder = new RecorderProcess(this.#configFile);
    const { url } = await this.#recorder.ready();
    this.#url = url;
    this.observations.life.push({ atMs: this.nowMs(), kind: "ready" });
  }

  async reload(change: ConfigurationChange): Promise<void> {
    this.note("the recorder's configuration is read again");
    await this.#readAgain(change);
  }

  async refusedReload(change: ConfigurationChange): Promise<readonly string[]> {
    this.note("the recorder's configuration is read again, with mistakes");
    const good = await readFile(this.#configFile, "utf8");
    const before = (await this.#refusals()).length;
    await this.#readAgain(change);
    await writeFile(this.#configFile, good);
    await this.waitFor(
      "the refusal in the log",
      async () => (await this.#refusals()).length > before,
      10_000,
    );
    const line = (await this.#refusals()).at(-1) ?? "{}";
    return (JSON.parse(line) as { readonly problems: readonly string[] }).problems;
  }

  async #refusals(): Promise<readonly string[]> {
    return (await this.recorderLog()).filter((line) => line.includes(REFUSED));
  }

  async #readAgain(change: ConfigurationChange): Promise<void> {
    const before = await this.#reloads();
    const written = parse(await readFile(this.#configFile, "utf8")) as Record<string, unknown>;
    await writeFile(this.#configFile, stringify(changedConfig(written, change, this.directories)));
    this.#recorder?.signal("SIGHUP");
    const isTold = async () => (await this.#reloads()) > before;
    await this.waitFor("the reload", isTold, 30_000);
  }

  /** Reloads that the recorder has counted, refused ones among them. */
  async #reloads(): Promise<number> {
    const response = await fetch(`${this.#url}/metrics`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    const counts = (await response.text()).matchAll(/^tapeline_config_reloads\w* (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  async crash(): Promise<void> {
    this.note("the recorder is killed");
    this.observations.life.push({ atMs: this.nowMs(), kind: "process" });
    await this.#recorder?.kill();
    for (const path of await this.files.list(this.directories.live)) {
      if (!path.endsWith(".tmpvrtx")) continue;
      this.observations.onSurvivor(this.nowMs(), path, await this.files.read(path));
    }
  }

  async api(method: "GET" | "POST", path: string): Promise<ApiAnswer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}` },
    });
    return { status: response.status, body: await response.json() };
  }

  async listen(target: string, from: HeardAudio["from"] = "now"): Promise<HeardAudio> {
    const base = this.#url.replace("http", "ws");
    const url = `${base}/api/v1/live/${encodeURIComponent(target)}/audio?from=${from}`;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${this.#token}` } });
    return hearingSocket(target, from, socket);
  }

  readonly isIdle = async (): Promise<boolean> => {
    const { status, body } = await this.api("GET", "/api/v1/work");
    const work = body as Partial<Record<"recordings" | "stores" | "calls", number>>;
    return status === 200 && work.recordings === 0 && work.stores === 0 && work.calls === 0;
  };

  async catalog(): Promise<readonly CatalogFact[]> {
    const { body } = await this.api("GET", `/api/v1/recordings?limit=${CATALOG_ROWS}`);
    return (body as { readonly recordings?: readonly CatalogFact[] }).recordings ?? [];
  }

  async account(): Promise<OwnAccount> {
    const { body } = await this.api("GET", "/api/v1/reconciliation");
    return { metrics: null, reconciliation: body as ReconciliationFact };
  }

  async stop(): Promise<string[]> {
    const code = (await this.#recorder?.stop()) ?? 0;
    await this.#closeOffices();
    for (const fileSystem of this.#fileSystems) fileSystem.unmount();
    return code === 0 ? [] : [`the recorder ended with ${code}: ${this.#recorder?.stderr ?? ""}`];
  }

  async recorderLog(): Promise<readonly string[]> {
    const files = await listFiles(this.directories.log);
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    return texts.flatMap((text) => text.split("\n")).filter((line) => line !== "");
  }

  async logLines(file: LogFile): Promise<readonly string[]> {
    const path = join(this.directories.log, file);
    if (!existsSync(path)) return [];
    return (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  }

  async bundle(): Promise<readonly BundledFile[]> {
    this.note("a support bundle is made");
    const out = join(dirname(this.#configFile), "bundle.zip");
    await recorderCommand(["bundle", "--config", this.#configFile, "--out", out, "--json"]);
    return readZip(await readFile(out));
  }

  hasLogged(code: string): Condition {
    const text = `"code":"${code}"`;
    return async () => (await this.recorderLog()).some((line) => line.includes(text));
  }

  isRecorderUp(): boolean {
    return this.#recorder !== null;
  }

  webhooksReceived(): readonly [] {
    return [];
  }

  trace(): null {
    return null;
  }

  configuration(): null {
    return null;
  }

  traceUntil(): readonly [] {
    return [];
  }

  async abandon(): Promise<void> {
    for (const fileSystem of this.#fileSystems) fileSystem.thaw();
    await this.#recorder?.kill();
    await this.#closeOffices();
    for (const fileSystem of this.#fileSystems) fileSystem.unmount();
  }

  async #closeOffices(): Promise<void> {
    await Promise.all([this.pbx, ...this.#further].map((office) => office.close()));
    await this.#relay?.close();
  }
}

/** A further IP Office: it takes logins (or not), and no call is made there. */
async function startOffice(site: SiteInput, index: number) {
  const listen = { host: HOST, devlink3Port: 0, sipPort: 0, rtpPortBase: 0 };
  const pbx = new SimulatedIpOffice(
    {
      site: loadSite({ address: `192.168.10.${index + 2}`, ...site }),
      listen,
      keepPayloads: false,
    },
    realPorts(),
    { onSip: () => undefined, onDevLink3: () => undefined },
  );
  const { host, port, user, password } = (await pbx.start()).devlink3;
  return { pbx, link: { host, port, user, password, api: "DevLink3" } };
}

async function buildParts(options: LiveOptions): Promise<LiveParts> {
  const { scenario, directory } = options;
  const directories: Directories = {
    live: join(directory, "live"),
    pools: Array.from({ length: scenario.drives }, (_, index) => join(directory, `pool-${index}`)),
    state: join(directory, "state"),
    log: join(directory, "log"),
  };
  await mkdir(directory, { recursive: true });
  const mounted = scenario.ownFileSystems === true ? [directories.live, ...directories.pools] : [];
  const fileSystems = mounted.map((path) => LoopFileSystem.mount(path));
  const tls = scenario.tls === null ? null : await liveTls(scenario.tls);
  const sipTls = scenario.sipTls ? await liveSipTls() : null;
  const offices = await Promise.all(scenario.offices.map(startOffice));
  const observations = new Observations();
  const packets: CapturedPacket[] = [];
  const clock = nodeClock();
  const capture = (packet: CapturedPacket): void => {
    if (options.captures) packets.push(packet);
  };
  const isRelayed = scenario.relay === true;
  const place = isRelayed ? RELAYED_HOSTS : PLAIN_HOSTS;
  const pbx = mainOffice({ scenario, place, tls, sipTls, clock, capture, observations });
  prepareVoices();
  const { devlink3, sip } = await pbx.start();
  const configFile = join(directory, "recorder.yaml");
  const devlink3Port = tls === null ? devlink3.port : (devlink3.tlsPort ?? 0);
  const recorderPorts = await portsFor(scenario);
  const fates: DatagramFate[] = [];
  const relay = isRelayed
    ? await startLiveRelay({
        ...{ seed: options.seed, clock, pbx: { sip, devlink3Port } },
        recorder: {
          sipPort: recorderPorts.sipPort,
          rtpPorts: [recorderPorts.rtpPort, recorderPorts.rtpPort + 1],
        },
        onFate: (fate) => fates.push(fate),
      })
    : null;
  const config = recorderConfig({
    address: place.recorder.face,
    bind: place.recorder.host,
    allowLoopback: true,
    ...recorderPorts,
    sipTls: sipTls?.configuration ?? null,
    httpPort: 0,
    devlink3: {
      host: place.pbx.face,
      port: devlink3Port,
      user: devlink3.user,
      password: devlink3.password,
      scn: scenario.network,
      tls: tls?.configuration ?? false,
    },
    furtherLinks: offices.map(({ link }) => link),
    directories,
    catalogFile: join(directory, "catalog.sqlite"),
    changes: scenario.recorder ?? {},
  });
  await writeFile(configFile, stringify(config));
  const further = offices.map((office) => office.pbx);
  return {
    ...{ pbx, further, observations, packets, fates, relay },
    ...{ directories, fileSystems, configFile },
  };
}

/** Of the recorder. SIP over TLS is on the port after the one for the rest. */
async function portsFor({ relay = false, sipTls }: Scenario) {
  return relay
    ? { sipPort: await relayedPort(), rtpPort: await relayedPort(true) }
    : { sipPort: await freePort(HOST, sipTls), rtpPort: await freePort(HOST, true) };
}

interface MainOfficeOptions {
  readonly scenario: Scenario;
  readonly place: Place;
  readonly tls: LiveTls | null;
  readonly sipTls: LiveSipTls | null;
  readonly clock: Clock;
  readonly capture: (packet: CapturedPacket) => void;
  readonly observations: Observations;
}

function mainOffice(options: MainOfficeOptions): SimulatedIpOffice {
  const { scenario, place, tls, sipTls, clock, capture, observations } = options;
  return new SimulatedIpOffice(
    {
      site: loadSite(scenario.site ?? {}),
      listen: {
        host: place.pbx.host,
        advertisedHost: place.pbx.face,
        devlink3Port: 0,
        ...(tls === null ? {} : { devlink3TlsPort: 0, tls: tls.server }),
        ...(sipTls === null ? {} : { sipTls: sipTls.client }),
        sipPort: 0,
        rtpPortBase: 0,
      },
      keepPayloads: true,
    },
    {
      clock,
      random: nodeRandom(),
      udp: capturingUdp(nodeUdp(), clock, capture),
      tcp: capturingTcp(nodeTcp(), clock, capture),
    },
    observations,
  );
}

/** Absolute paths of all files below, sorted; none when the directory is missing. */
async function listFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function liveFaults([live, ...drives]: readonly LoopFileSystem[]): Faults {
  if (live === undefined) return onlyVirtual();
  return {
    ...onlyVirtual(),
    driveSpace: (index, bytes) => drives[index]?.fill(bytes),
    freezeDrive: (index) => drives[index]?.freeze(),
    healDrive: (index) => drives.slice(index, index + 1).forEach(mend),
    freezeLiveDisk: () => live.freeze(),
    healLiveDisk: () => live.thaw(),
    heal: () => [live, ...drives].forEach(mend),
  };
}

function mend(fileSystem: LoopFileSystem): void {
  fileSystem.thaw();
  fileSystem.empty();
}

function onlyVirtual(): Faults {
  const refuse = (): never => {
    throw new StepFailure("this fault is to be had in virtual mode only");
  };
  return {
    datagrams: refuse,
    streams: refuse,
    resetStreams: refuse,
    cut: refuse,
    allowOnly: refuse,
    driveSpace: refuse,
    freezeDrive: refuse,
    loseDrive: refuse,
    healDrive: refuse,
    crashAtDiskCall: refuse,
    webhookAnswers: refuse,
    slowLiveDisk: refuse,
    freezeLiveDisk: refuse,
    healLiveDisk: refuse,
    exhaustDescriptors: refuse,
    stepClock: refuse,
    heal: () => undefined,
  };
}
