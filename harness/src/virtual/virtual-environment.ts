// The virtual world as an environment: recorder and IP Office in one process, under one seed. The
// story moves time; work that is none of the world's (building the HTTP routes) holds it still.
import {
  checkConfig,
  HttpServer,
  Recorder,
  type ConfigResult,
  type RecorderConfig,
} from "@tapeline/recorder";
import type { LogFile } from "@tapeline/recorder/ports";
import type { CapturedPacket } from "@tapeline/reports";
import type { ConfigurationChange, Flow, Scenario } from "@tapeline/scenarios";
import type { SwarmPlan } from "@tapeline/simulator/people";
import { loadSite, SimulatedIpOffice, type SiteInput } from "@tapeline/simulator/pbx";
import {
  World,
  type AllowedFlow,
  type DatagramFate,
  type ReceivedRequest,
  type VirtualHost,
  type VirtualProcess,
} from "@tapeline/simulator/world";
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
import { hearing } from "../environment/hearing.ts";
import { Observations, type LifeEvent } from "../environment/observations.ts";
import { observedFaults } from "../environment/observed-faults.ts";
import { changedConfig, recorderConfig } from "../testbed-config.ts";
import { StreamMessages } from "./stream-messages.ts";
import { virtualMediaPlane } from "./virtual-media-plane.ts";
import { virtualSipTls, virtualTls, type VirtualSipTls, type VirtualTls } from "./virtual-tls.ts";

/** Where scenarios let the recorder tell of finished recordings. */
const WEBHOOK_URL = "https://crm.example.com/recordings";
const RECORDER_ADDRESS = "192.0.2.10";
const PBX_ADDRESS = "192.0.2.1";
const RECORDER_SIP_PORT = 5060;
const SIP_PORTS = [RECORDER_SIP_PORT, RECORDER_SIP_PORT + 1];
const RECORDER_RTP_PORT = 5004;
const DEVLINK3_PORT = 50_797;
const DEVLINK3_TLS_PORT = 50_796;
/** What a firewall has to let through, by what it is for. */
const FLOWS: Readonly<Record<Flow, readonly AllowedFlow[]>> = {
  devlink3: [DEVLINK3_PORT, DEVLINK3_TLS_PORT].map((port) => ({
    host: "ip-office",
    protocol: "tcp",
    port,
  })),
  sip: [{ host: "recorder", protocol: "udp", port: RECORDER_SIP_PORT }],
  rtp: [{ host: "recorder", protocol: "udp", port: RECORDER_RTP_PORT }],
};
/** Later than any call: the clock may be a day ahead. */
const LAST_TIME_MS = Date.UTC(2100, 0, 1);
const COUNTS_MS = 1_100;
/** Lines of the trace begin with their time. */
const MICROSECONDS_PER_MS = 1_000;
/** Longest story, in virtual time. */
const STORY_LIMIT_MS = 24 * 3_600_000;

export interface VirtualOptions {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly trace: "full" | "hash";
  /** For a swarm, in place of the plan of its seed. */
  readonly plan?: SwarmPlan | null;
}

export class VirtualEnvironment implements Environment {
  readonly mode = "virtual";
  readonly scenario: Scenario;
  readonly seed: string;
  readonly plan: SwarmPlan | null;
  readonly pbx: SimulatedIpOffice;
  readonly observations = new Observations();
  readonly directories: Directories;
  /** Of the configuration, by reloads. */
  readonly #changes: ConfigurationChange[] = [];
  readonly files: Files;
  readonly faults: Faults;
  readonly fates: DatagramFate[] = [];
  readonly #streams = new StreamMessages({ sipPorts: SIP_PORTS, pbxHost: PBX_ADDRESS });
  readonly streamMessages = this.#streams.messages;
  /** For the capture, which is made of the fates when all is over: wall time at each. */
  readonly #fateTimesMs: number[] = [];
  readonly #world: World;
  readonly #recorderHost: VirtualHost;
  readonly #pbxProcess: VirtualProcess;
  readonly #traceMode: "full" | "hash";
  readonly #pbxOriginMs: number;
  /** Promises of outside the world; time stands still until they are done. */
  readonly #holds: Promise<unknown>[] = [];
  readonly #tls: VirtualTls | null;
  readonly #sipTls: VirtualSipTls | null;
  #link: { port: number; user: string; password: string } | null = null;
  readonly #offices: { readonly pbx: SimulatedIpOffice; readonly process: VirtualProcess }[] = [];
  readonly #furtherLinks: Readonly<Record<string, unknown>>[] = [];
  #process: VirtualProcess | null = null;
  #recorder: Recorder | null = null;
  #http: HttpServer | null = null;
  #token: string | null = null;
  #fatal: Error | null = null;

  private constructor(options: VirtualOptions) {
    const { scenario, seed } = options;
    this.scenario = scenario;
    this.seed = seed;
    this.plan = options.plan ?? null;
    this.#traceMode = options.trace;
    this.#world = new World({ seed, trace: options.trace });
    this.#recorderHost = this.#world.host("recorder", RECORDER_ADDRESS);
    const pbxHost = this.#world.host("ip-office", PBX_ADDRESS);
    this.directories = directoriesOf(scenario.drives);
    this.files = virtualFiles(this.#recorderHost);
    const faults = virtualFaults(this.#world, this.#recorderHost, {
      directories: this.directories,
      crash: (kind) => void this.crash(kind),
    });
    this.faults = observedFaults(faults, (fault) => {
      this.observations.faults.push({ atMs: this.pbxNowMs(), ...fault });
    });
    this.#recorderHost.disk.onRename((to) => this.#committed(to));
    this.#recorderHost.http.serve(WEBHOOK_URL);
    this.#pbxProcess = pbxHost.boot("ip-office");
    this.#pbxOriginMs = this.#pbxProcess.ports.clock.nowMs() - this.#world.nowMs();
    this.#world.network.observe((fate) => this.#observe(fate), this.#pbxOriginMs);
    this.#world.network.observeStreams((bytes) => this.#streams.onBytes(bytes), this.#pbxOriginMs);
    this.#tls = scenario.tls === null ? null : virtualTls(scenario.tls, PBX_ADDRESS);
    this.#sipTls = scenario.sipTls ? virtualSipTls(RECORDER_ADDRESS) : null;
    const tlsFiles = { ...this.#tls?.files, ...this.#sipTls?.files };
    for (const [path, text] of Object.entries(tlsFiles)) {
      this.#recorderHost.disk.plant(path, new TextEncoder().encode(text));
    }
    this.pbx = new SimulatedIpOffice(
      {
        site: loadSite(scenario.site ?? {}),
        listen: {
          host: PBX_ADDRESS,
          devlink3Port: DEVLINK3_PORT,
          ...(this.#tls === null
            ? {}
            : { devlink3TlsPort: DEVLINK3_TLS_PORT, tls: this.#tls.server }),
          ...(this.#sipTls === null ? {} : { sipTls: this.#sipTls.client }),
          sipPort: 5060,
          rtpPortBase: 49_152,
        },
        keepPayloads: true,
      },
      this.#pbxProcess.ports,
      this.observations,
    );
  }

  static async start(options: VirtualOptions): Promise<VirtualEnvironment> {
    const environment = new VirtualEnvironment(options);
    await environment.#run(environment.#begin());
    return environment;
  }

  async #begin(): Promise<void> {
    const { devlink3 } = await this.pbx.start();
    this.#link = {
      port: this.#tls === null ? devlink3.port : DEVLINK3_TLS_PORT,
      user: devlink3.user,
      password: devlink3.password,
    };
    for (const [index, site] of this.scenario.offices.entries()) {
      await this.#startOffice(site, index);
    }
    await this.restart();
    if (!this.scenario.linkComesUp) return;
    await this.waitFor("the DevLink3 link", () => this.pbx.streamingConnections() > 0, 30_000);
  }

  /** A further IP Office: it takes logins (or not), and no call is made there. */
  async #startOffice(site: SiteInput, index: number): Promise<void> {
    const name = `ip-office-${index + 2}`;
    const host = `192.0.2.${index + 2}`;
    const process = this.#world.host(name, host).boot(name);
    const pbx = new SimulatedIpOffice(
      {
        site: loadSite({ address: `192.168.10.${index + 2}`, ...site }),
        listen: { host, devlink3Port: DEVLINK3_PORT, sipPort: 5060, rtpPortBase: 49_152 },
        keepPayloads: false,
      },
      process.ports,
      { onSip: () => undefined, onDevLink3: () => undefined },
    );
    this.#offices.push({ pbx, process });
    const { port, user, password } = (await pbx.start()).devlink3;
    this.#furtherLinks.push({ host, port, user, password, api: "DevLink3" });
  }

  livePaths(): readonly string[] {
    return this.#recorderHost.disk.paths(this.directories.live);
  }

  storedPaths(): readonly string[] {
    return this.directories.pools.flatMap((pool) => this.#recorderHost.disk.paths(pool));
  }

  nowMs(): number {
    return this.#world.nowMs();
  }

  deadlineMs(limitMs: number): number {
    return this.nowMs() + limitMs;
  }

  async waitFor(what: string, condition: Condition, limitMs: number): Promise<void> {
    const held = await this.#world.waitFor(() => sure(condition()), limitMs, what);
    if (!held) throw new StepFailure(`${what}: not within ${limitMs} ms`);
  }

  sleep(ms: number): Promise<void> {
    return this.#world.sleep(ms);
  }

  drive(story: Promise<void>): Promise<void> {
    return this.#run(story);
  }

  /** Moves time until `work` is done; stands still while something outside the world is awaited. */
  async #run(work: Promise<void>): Promise<void> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    const isDue = (): boolean => isDone || this.#holds.length > 0 || this.#fatal !== null;
    while (!isDone) {
      const inTime = await this.#world.runUntil(isDue, STORY_LIMIT_MS);
      if (this.#fatal !== null) throw this.#fatal;
      if (!inTime) throw new StepFailure("the story does not end");
      await Promise.all(this.#holds.splice(0));
    }
    await done;
  }

  /** Awaits what is not of the world, while time stands still. */
  async #hold<T>(work: Promise<T>): Promise<T> {
    this.#holds.push(work.catch(() => undefined));
    return work;
  }

  note(text: string): void {
    this.observations.notes.push({ atMs: this.pbxNowMs(), text });
    this.#world.note(text);
  }

  /** On the clock of the IP Office, whose truth is what everything else is compared with. */
  pbxNowMs(): number {
    return this.#pbxOriginMs + this.nowMs();
  }

  /** A journal in a pool that has its last name says that the recording is whole. */
  #committed(path: string): void {
    const { disk } = this.#recorderHost;
    const isInPool = this.directories.pools.some((pool) => path.startsWith(`${pool}/`));
    if (!isInPool || !path.endsWith(".vrtx")) return;
    const audio = path.replace(/vrtx$/, "spx");
    this.observations.commits.push({
      atMs: this.pbxNowMs(),
      path,
      journal: disk.durability(path),
      audio: disk.durability(audio),
      isAudioUnfinished: disk.durability(`${audio}.part`) !== "absent",
    });
  }

  #lived(kind: LifeEvent["kind"]): void {
    this.observations.life.push({ atMs: this.pbxNowMs(), kind });
  }

  async restart(): Promise<void> {
    this.note("the recorder starts");
    const process = this.#recorderHost.boot("recorder");
    this.#process = process;
    const recorder = new Recorder(
      this.#config(),
      {
        ...process.ports,
        startMediaPlane: virtualMediaPlane(process),
      },
      {
        onFatal: (error) => {
          this.#fatal ??= error;
        },
      },
    );
    this.#recorder = recorder;
    await recorder.start();
    this.#lived("ready");
  }

  async reload(change: ConfigurationChange): Promise<void> {
    this.note("the recorder's configuration is read again");
    this.#changes.push(change);
    const { failed } = await this.#running().reload(this.#config());
    if (failed.length > 0) throw new StepFailure(`reload: ${JSON.stringify(failed)}`);
  }

  refusedReload(change: ConfigurationChange): Promise<readonly string[]> {
    this.note("the recorder's configuration is read again, with mistakes");
    const result = this.#checkedConfig([...this.#changes, change]);
    if (result.ok) return Promise.reject(new StepFailure("the configuration has no mistake"));
    this.#running().refuseReload(result.problems);
    return Promise.resolve(result.problems.map(({ path, detail }) => `${path} ${detail}`));
  }

  #config(): RecorderConfig {
    const result = this.#checkedConfig(this.#changes);
    if (result.ok) return result.config;
    const list = result.problems.map(({ path, detail }) => `${path} ${detail}`);
    throw new Error(`${this.scenario.name}: ${list.join("; ")}`);
  }

  configuration(): Readonly<Record<string, unknown>> {
    return this.#writtenConfig(this.#changes);
  }

  #writtenConfig(changes: readonly ConfigurationChange[]): Readonly<Record<string, unknown>> {
    const link = this.#link;
    if (link === null) throw new Error("the IP Office is not started");
    const written = recorderConfig({
      address: RECORDER_ADDRESS,
      allowLoopback: false,
      sipPort: RECORDER_SIP_PORT,
      sipTls: this.#sipTls?.configuration ?? null,
      rtpPort: RECORDER_RTP_PORT,
      httpPort: 8080,
      devlink3: {
        host: PBX_ADDRESS,
        ...link,
        scn: this.scenario.network,
        tls: this.#tls?.configuration ?? false,
      },
      furtherLinks: this.#furtherLinks,
      directories: this.directories,
      catalogFile: "/data/catalog.sqlite",
      changes: this.scenario.recorder ?? {},
    });
    return changes.reduce((now, change) => changedConfig(now, change, this.directories), written);
  }

  #checkedConfig(changes: readonly ConfigurationChange[]): ConfigResult {
    return checkConfig(this.#writtenConfig(changes), { environment: {}, baseDirectory: "/" });
  }

  async crash(kind: "process" | "power"): Promise<void> {
    this.note(kind === "power" ? "the power fails" : "the recorder is killed");
    this.#lived(kind);
    this.#process?.crash(kind);
    this.#recorder = null;
    for (const path of this.livePaths()) {
      const bytes = this.#recorderHost.disk.peek(path) ?? new Uint8Array(0);
      this.observations.onSurvivor(this.pbxNowMs(), path, bytes);
    }
    await this.#closeHttp();
  }

  async api(method: "GET" | "POST", path: string): Promise<ApiAnswer> {
    const recorder = this.#running();
    this.#token ??= await recorder.keys.create("testbed", "administrator");
    this.#http ??= await this.#hold(HttpServer.create(recorder.api, recorder.keys));
    const answer = await this.#http.app.inject({
      method,
      url: path,
      headers: { authorization: `Bearer ${this.#token}` },
    });
    return { status: answer.statusCode, body: answer.json<unknown>() };
  }

  listen(target: string, from: HeardAudio["from"] = "now"): Promise<HeardAudio> {
    const ear = hearing(target, from);
    const joined = this.#running().api.live.listen(target, ear.sink, from);
    if (!joined.ok) return Promise.reject(new StepFailure(`cannot listen: ${joined.code}`));
    ear.heard.leave = joined.stop;
    ear.onDrained = joined.onDrained;
    return Promise.resolve(ear.heard);
  }

  #running(): Recorder {
    if (this.#recorder === null) throw new StepFailure("the recorder is not running");
    return this.#recorder;
  }

  readonly isIdle = (): boolean => {
    if (this.#recorder === null) return false;
    const { api } = this.#recorder;
    return (
      api.activeRecordings().length === 0 &&
      api.pendingStores() === 0 &&
      api.metrics.get("calls_tracked") === 0
    );
  };

  async catalog(): Promise<readonly CatalogFact[]> {
    let rows: readonly CatalogFact[] = [];
    const search = async (): Promise<void> => {
      rows = await this.#running().api.searchRecordings({ limit: CATALOG_ROWS, offset: 0 });
    };
    await this.#run(search());
    return rows;
  }

  async account(): Promise<OwnAccount> {
    const { api } = this.#running();
    const span = { fromTimeMs: 0, toTimeMs: LAST_TIME_MS, day: null };
    let reconciliation: ReconciliationFact = { calls: [], orphans: [] };
    const ask = async (): Promise<void> => {
      // The media plane tells its counts once a second.
      await this.#world.sleep(COUNTS_MS);
      if (api.reconciliation !== null) reconciliation = await api.reconciliation.report(span);
    };
    await this.#run(ask());
    const metrics = Object.fromEntries(api.metrics.list().map(({ name, value }) => [name, value]));
    return { metrics, reconciliation };
  }

  async stop(): Promise<string[]> {
    const leftovers: string[] = [];
    await this.#run(this.#stopAll(leftovers));
    return leftovers;
  }

  async #stopAll(leftovers: string[]): Promise<void> {
    await this.#recorder?.close();
    await this.#closeHttp();
    await this.pbx.close();
    for (const { pbx } of this.#offices) await pbx.close();
    await this.#world.sleep(1);
    leftovers.push(...(this.#process?.leftovers() ?? []), ...this.#pbxProcess.leftovers());
    for (const { process } of this.#offices) leftovers.push(...process.leftovers());
  }

  async #closeHttp(): Promise<void> {
    const http = this.#http;
    this.#http = null;
    if (http !== null) await this.#hold(http.close());
  }

  recorderLog(): Promise<readonly string[]> {
    return Promise.resolve(this.#recorderHost.logLines());
  }

  logLines(file: LogFile): Promise<readonly string[]> {
    return Promise.resolve(this.#recorderHost.logLines(file));
  }

  bundle(): never {
    throw new StepFailure("the command line needs real files: modes: [live]");
  }

  hasLogged(code: string): Condition {
    const text = `"code":"${code}"`;
    return () => this.#recorderHost.logLines().some((line) => line.includes(text));
  }

  isRecorderUp(): boolean {
    return this.#recorder !== null;
  }

  webhooksReceived(): readonly ReceivedRequest[] {
    return this.#recorderHost.http.received();
  }

  trace() {
    const lines = this.#traceMode === "full" ? this.#world.traceLines() : [];
    return { hash: this.#world.traceHash(), lines };
  }

  traceUntil(atMs: number | null, count: number): readonly string[] {
    const full = this.trace().lines;
    const lines = full.length > 0 ? full : this.#world.recentLines(Infinity);
    if (atMs === null) return lines.slice(-count);
    const limit = (atMs - this.#pbxOriginMs) * MICROSECONDS_PER_MS;
    const later = lines.findIndex((line) => Number.parseInt(line, 10) > limit);
    return later < 0 ? lines.slice(-count) : lines.slice(Math.max(0, later - count), later);
  }

  async abandon(): Promise<void> {
    await this.#http?.close();
    this.#http = null;
  }

  #observe(fate: DatagramFate): void {
    this.fates.push(fate);
    if (this.#traceMode === "full") this.#fateTimesMs.push(this.#recorderHost.wallTimeMs());
  }

  get packets(): CapturedPacket[] {
    return this.#fateTimesMs.map((wallTimeMs, index) => {
      const { from, to, data } = this.fates[index] as DatagramFate;
      return { wallTimeMs, protocol: "udp", from, to, data };
    });
  }
}

function sure(held: boolean | Promise<boolean>): boolean {
  if (typeof held === "boolean") return held;
  throw new Error("a condition of the virtual world must answer at once");
}

function directoriesOf(drives: number): Directories {
  return {
    live: "/data/live",
    pools: Array.from({ length: drives }, (_, index) => `/data/pool-${index}`),
    state: "/data/state",
    log: "/data/log",
  };
}

function virtualFiles(host: VirtualHost): Files {
  return {
    list: (directory) => Promise.resolve(host.disk.paths(directory)),
    read: (path) => {
      const bytes = host.disk.peek(path);
      return bytes === null
        ? Promise.reject(new Error(`${path} is not there`))
        : Promise.resolve(bytes);
    },
  };
}

function virtualFaults(
  world: World,
  host: VirtualHost,
  options: {
    readonly directories: Directories;
    readonly crash: (kind: "process" | "power") => void;
  },
): Faults {
  const pair = ["recorder", "ip-office"] as const;
  const { directories, crash } = options;
  const driveOf = (index: number): string => directories.pools[index] ?? "?";
  return {
    datagrams: (faults) => world.network.datagramFaults(...pair, faults),
    streams: (faults) => world.network.streamFaults(...pair, faults),
    resetStreams: () => world.network.resetStreams(...pair),
    cut: (isCut) => world.network.cut(...pair, isCut),
    allowOnly: (flows) =>
      world.network.firewall(
        ...pair,
        flows.flatMap((flow) => FLOWS[flow]),
      ),
    driveSpace: (index, bytes) => host.disk.limitBytes(driveOf(index), bytes),
    freezeDrive: (index) => host.disk.freeze(driveOf(index)),
    loseDrive: (index) => host.disk.failRatio(driveOf(index), 1, "ENODEV"),
    healDrive: (index) => host.disk.healPrefix(driveOf(index)),
    crashAtDiskCall: (point, kind) => host.disk.crashAtCall(point, () => crash(kind)),
    webhookAnswers: (how) => {
      if (how === "hang") host.http.hangs(WEBHOOK_URL);
      else if (how === "reset") host.http.resets(WEBHOOK_URL);
      else host.http.answers(WEBHOOK_URL, how);
    },
    slowLiveDisk: (byMs) => host.disk.slow(directories.live, byMs),
    freezeLiveDisk: () => host.disk.freeze(directories.live),
    healLiveDisk: () => host.disk.healPrefix(directories.live),
    exhaustDescriptors: () => host.disk.exhaustDescriptors(),
    stepClock: (byMs) => host.stepClock(byMs),
    heal: () => world.heal(),
  };
}
