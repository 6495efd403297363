// An HTTP server over a recorder of the test: what it answers is set by the test, what it is asked
// is noted. Keys of every role lie in a state directory in memory.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Alarm } from "../../src/alarms.ts";
import type { KnownAgent } from "../../src/facts-contract.ts";
import type {
  AuditEntry,
  DryRun,
  FoundRecording,
  HttpSettings,
  Listening,
  LiveService,
  LogFilters,
  Readiness,
  Reconciliation,
  RecordedAudio,
  RecorderApi,
  RecordingStory,
  RowVisitor,
  StateRow,
  SystemLoad,
} from "../../src/http/api.ts";
import { ApiKeys, ROLES, type Role } from "../../src/http/keys.ts";
import { foundRow, rowOfView } from "../../src/http/recording-view.ts";
import { HttpServer } from "../../src/http/server.ts";
import type { ListenerSink } from "../../src/live/listener-queue.ts";
import { LocalBus } from "../../src/live/local-bus.ts";
import { Metrics } from "../../src/metrics.ts";
import type { CatalogQuery, CatalogRow, LiveStream, Random } from "../../src/ports/index.ts";
import type { PauseAnswer, PauseRequest } from "../../src/recording/pause-requests.ts";
import type { RecordingView } from "../../src/recording/recordings.ts";
import type { RecordingMonitor } from "../../src/recording-monitor.ts";
import type { RulesService } from "../../src/rules-contract.ts";
import type { StorageAdmin } from "../../src/storage/storage-admin.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { TestClock } from "../sip/fake-ports.ts";

export const ROW: CatalogRow = {
  recordingKey: "key-1",
  callKey: "call-1",
  part: 1,
  startTimeMs: 1_795_366_801_000,
  samples: 16_000,
  outcome: "ok",
  why: null,
  endReason: "remote-bye",
  recovered: false,
  agent: "Ann Agent",
  extension: "2001",
  parties: ["02079460000", "2001"],
  liveStreamId: "stream-1",
  sipCallId: "77aa",
  pool: "main",
  drive: "/pool",
  path: "/pool/key-1.spx",
  bytes: 3,
  loss: 0,
  mos: 4.4,
};

export const VIEW: RecordingView = {
  recordingKey: "key-live",
  liveStreamId: "stream-1",
  sipCallId: "77aa",
  state: "answered",
  isPaused: false,
  beganTimeMs: 1_795_366_801_000,
  association: {
    rung: 1,
    callKey: "call-live",
    part: 1,
    deviceCallId: "c0a80a01-31",
    endId: "c0a80a01000003f3",
    agent: "Ann Agent",
    extension: "2001",
    parties: ["02079460000", "2001"],
    liveStreamId: "stream-1",
  },
};

/** As the live side tells it. */
export function streamOf(view: RecordingView): LiveStream {
  const { recordingKey, liveStreamId, sipCallId, isPaused, beganTimeMs, association } = view;
  const { callKey = null, part = null, agent = null, extension = null } = association ?? {};
  const parties = association?.parties ?? [];
  return {
    ...{ recordingKey, liveStreamId, sipCallId, isPaused, beganTimeMs },
    ...{ callKey, part, agent, extension, parties },
  };
}

export const READY: Readiness = {
  isReady: true,
  sip: "udp 192.0.2.10:5060",
  rtp: "5004",
  liveDirectory: "/live",
  links: [],
};

export const CALL: StateRow = {
  version: 1,
  type: "call",
  callKey: "call-1",
  deviceCallIds: ["c0a80a01-31"],
  pbx: "192.0.2.1",
  startedAt: "2026-11-22T17:00:00.000Z",
  answeredAt: "2026-11-22T17:00:05.000Z",
  endedAt: "2026-11-22T17:01:00.000Z",
  direction: "inbound",
  parties: ["02079460000", "2001"],
  wanted: true,
  rule: null,
  parts: [
    { part: 1, agent: "Ann", extension: "2001", liveStreamId: "stream-1", recordingKey: "key-1" },
  ],
};

/** Audio whose sample i is i, and whose `.spx` has the given bytes. */
export function audioOf(samples: number, spx: Uint8Array | null = null): RecordedAudio {
  return {
    samples,
    spxBytes: spx?.length ?? null,
    readSpx: (from, to) => Promise.resolve((spx ?? new Uint8Array()).subarray(from, to)),
    readSamples: (from, to) =>
      Promise.resolve(Int16Array.from({ length: to - from }, (_, index) => from + index)),
    close: () => Promise.resolve(),
  };
}

export class FakeApi implements RecorderApi {
  readonly metrics = new Metrics();
  readonly clock: TestClock;
  readonly random: Random;
  settings: HttpSettings = { recorder: "recorder-1", requestsPerMinute: 1_000 };
  rules: RulesService | null = null;
  dryRun: DryRun | null = null;
  monitor: RecordingMonitor | null = null;
  storage: StorageAdmin | null = null;
  reconciliation: Reconciliation | null = null;
  logFilters: LogFilters | null = null;
  load: SystemLoad | null = null;
  ready: Readiness = READY;
  standing: readonly Alarm[] = [];
  known: readonly KnownAgent[] = [];
  active: readonly RecordingView[] = [];
  rows: readonly CatalogRow[] = [];
  unstored: readonly CatalogRow[] = [];
  /** By recordingKey; null = none left. */
  audio = (_row: CatalogRow): RecordedAudio | null | Error =>
    audioOf(16_000, new Uint8Array([1, 2, 3]));
  story: RecordingStory | null = null;
  pauseAnswer: PauseAnswer = { result: "applied", sample: 4_000 };
  listening: Listening = { ok: false, code: "not-found" };
  /** Streams of `active` that can be heard, the bus, and the ears that join. */
  readonly live: LiveService = {
    bus: new LocalBus(),
    engine: null,
    streams: () => this.active.map(streamOf),
    listen: (_target, sink) => {
      if (this.listening.ok) this.#listener.resolve(sink);
      return this.listening;
    },
  };
  stateRows: { calls: readonly StateRow[]; audit: readonly StateRow[] } = { calls: [], audit: [] };
  readonly #listener = Promise.withResolvers<ListenerSink>();
  /** The first ear, once it is there. */
  readonly listener = this.#listener.promise;
  readonly queries: CatalogQuery[] = [];
  readonly pauses: string[] = [];
  readonly audited: AuditEntry[] = [];

  constructor(clock = new TestClock(), random = countingRandom(1_000)) {
    this.clock = clock;
    this.random = random;
  }

  readiness(): Readiness {
    return this.ready;
  }
  alarms(): readonly Alarm[] {
    return this.standing;
  }
  activeRecordings(): readonly RecordingView[] {
    return this.active;
  }
  agents(): Promise<readonly KnownAgent[]> {
    return Promise.resolve(this.known);
  }
  drives() {
    return [
      { pool: "main", path: "/pool", usedBytes: 1, freeBytes: 2, state: "ok", maxBytes: 3 },
    ] as const;
  }
  pendingStores(): number {
    return 2;
  }
  unstoredRecordings(): readonly CatalogRow[] {
    return this.unstored;
  }
  async countRecordings(query: CatalogQuery): Promise<number> {
    return (await this.searchRecordings(query)).length;
  }
  searchRecordings(query: CatalogQuery): Promise<readonly CatalogRow[]> {
    this.queries.push(query);
    const { callKey, extensions, purpose } = query;
    return Promise.resolve(
      this.rows.filter(
        (row) =>
          (callKey === undefined || row.callKey === callKey) &&
          (purpose === undefined || row.purpose === purpose) &&
          (extensions === undefined || extensions.includes(row.extension ?? "-")),
      ),
    );
  }
  findRecording(recordingKey: string): Promise<FoundRecording | null> {
    const view = this.active.find((candidate) => candidate.recordingKey === recordingKey);
    if (view !== undefined) return Promise.resolve({ row: rowOfView(view), status: "RECORDING" });
    const row = this.rows.find((candidate) => candidate.recordingKey === recordingKey);
    return Promise.resolve(row === undefined ? null : foundRow(row));
  }
  openAudio(row: CatalogRow): Promise<RecordedAudio | null> {
    const audio = this.audio(row);
    return audio instanceof Error ? Promise.reject(audio) : Promise.resolve(audio);
  }
  storyOf(): Promise<RecordingStory | null> {
    return Promise.resolve(this.story);
  }
  pause(target: string, action: "pause" | "resume", request: PauseRequest): Promise<PauseAnswer> {
    this.pauses.push(`${action} ${target} by ${request.by} via ${request.via}`);
    return Promise.resolve(this.pauseAnswer);
  }
  visitRows(file: "calls" | "audit", visit: RowVisitor): Promise<void> {
    for (const row of this.stateRows[file].toReversed()) if (visit(row) === "stop") break;
    return Promise.resolve();
  }
  audit(entry: AuditEntry): Promise<void> {
    this.audited.push(entry);
    return Promise.resolve();
  }
  /** What was audited: action, target, result. */
  deeds(): string[] {
    return this.audited.map(({ action, target, result }) => `${action} ${target} ${result}`);
  }
}

/** Keys that differ, and say so by their bytes. */
export function countingRandom(from = 0): Random {
  let count = from;
  return {
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      new DataView(bytes.buffer).setUint32(0, ++count);
      return bytes;
    },
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`,
  };
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Who asks: the key of a role, a token, or nobody. */
type Who = Role | { readonly token: string } | null;

export class Site {
  readonly disk = new MemoryDisk();
  readonly clock = new TestClock();
  readonly api: FakeApi;
  readonly keys: ApiKeys;
  readonly tokens = new Map<Role, string>();
  #server: HttpServer | null = null;

  constructor(randomFrom = 0) {
    this.api = new FakeApi(this.clock);
    this.keys = new ApiKeys("/state", {
      disk: this.disk,
      random: countingRandom(randomFrom),
      clock: this.clock,
    });
  }

  /** With a key for each role, named after it; closed when the test ends. */
  static async open(context: TestContext, prepare?: (api: FakeApi) => void): Promise<Site> {
    const site = new Site();
    prepare?.(site.api);
    for (const role of ROLES) site.tokens.set(role, await site.keys.create(`${role}'s`, role));
    const server = await HttpServer.create(site.api, site.keys);
    site.#server = server;
    context.after(() => server.close());
    return site;
  }

  get server(): HttpServer {
    assert.ok(this.#server !== null);
    return this.#server;
  }

  headers(who: Who): Record<string, string> {
    if (who === null) return {};
    const token = typeof who === "string" ? (this.tokens.get(who) ?? "") : who.token;
    return { authorization: `Bearer ${token}` };
  }

  /** A key with a scope. */
  async scoped(role: Role, ...extensions: readonly string[]): Promise<{ token: string }> {
    return { token: await this.keys.create(`${role} of ${extensions.join()}`, role, extensions) };
  }

  async ask(method: Method, url: string, who: Who = "supervisor", payload?: object) {
    const response = await this.server.app.inject({
      method,
      url,
      headers: this.headers(who),
      ...(payload === undefined ? {} : { payload }),
    });
    const isJson = String(response.headers["content-type"]).startsWith("application/json");
    return {
      status: response.statusCode,
      body: isJson ? response.json<unknown>() : null,
      response,
    };
  }

  /** A refusal's status, code and path; it has a remedy. */
  async refusal(method: Method, url: string, who: Who = "supervisor", payload?: object) {
    const { status, body } = await this.ask(method, url, who, payload);
    assert.ok(typeof body === "object" && body !== null && "error" in body, String(status));
    const { error } = body;
    assert.ok(typeof error === "object" && error !== null);
    assert.deepEqual(Object.keys(error), ["code", "path", "remedy"]);
    const [code, path, remedy] = Object.values(error).map(String);
    assert.ok(path !== "" && remedy !== "");
    return [status, code, path];
  }
}
