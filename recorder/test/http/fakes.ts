// An HTTP server over a recorder of the test: what it answers is set by the test, what it is asked
// is noted. Keys of every role lie in a state directory in memory.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { AuditEntry, Listening, Readiness, RecorderApi } from "../../src/http/api.ts";
import { ApiKeys, ROLES, type Role } from "../../src/http/keys.ts";
import { HttpServer } from "../../src/http/server.ts";
import type { ListenerSink } from "../../src/live/listener-queue.ts";
import { Metrics } from "../../src/metrics.ts";
import type { CatalogQuery, CatalogRow, Random } from "../../src/ports/index.ts";
import type { PauseAnswer } from "../../src/recording/pause-requests.ts";
import type { RecordingView } from "../../src/recording/recordings.ts";
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
  recordingKey: "key-1",
  liveStreamId: "stream-1",
  sipCallId: "77aa",
  state: "answered",
  isPaused: false,
  beganTimeMs: 1_795_366_801_000,
  association: {
    rung: 1,
    callKey: "call-1",
    part: 1,
    deviceCallId: "c0a80a01-31",
    endId: "c0a80a01000003f3",
    agent: "Ann Agent",
    extension: "2001",
    parties: ["02079460000", "2001"],
    liveStreamId: "stream-1",
  },
};

export const READY: Readiness = {
  isReady: true,
  sip: "udp 192.0.2.10:5060",
  rtp: "5004",
  liveDirectory: "/live",
  links: [],
};

export class FakeApi implements RecorderApi {
  readonly metrics = new Metrics();
  ready: Readiness = READY;
  active: readonly RecordingView[] = [];
  rows: readonly CatalogRow[] = [];
  stored: Uint8Array | Error = new Uint8Array([1, 2, 3]);
  pauseAnswer: PauseAnswer = { result: "applied", sample: 4_000 };
  listening: Listening = { ok: false, code: "not-found" };
  /** Set while somebody listens. */
  sink: ListenerSink | null = null;
  readonly queries: CatalogQuery[] = [];
  readonly pauses: string[] = [];
  readonly audited: AuditEntry[] = [];

  readiness(): Readiness {
    return this.ready;
  }
  activeRecordings(): readonly RecordingView[] {
    return this.active;
  }
  drives() {
    return [];
  }
  pendingStores(): number {
    return 2;
  }
  searchRecordings(query: CatalogQuery): Promise<readonly CatalogRow[]> {
    this.queries.push(query);
    return Promise.resolve(this.rows);
  }
  findRecording(recordingKey: string): Promise<CatalogRow | null> {
    return Promise.resolve(this.rows.find((row) => row.recordingKey === recordingKey) ?? null);
  }
  readStored(): Promise<Uint8Array> {
    const { stored } = this;
    return stored instanceof Error ? Promise.reject(stored) : Promise.resolve(stored);
  }
  pause(target: string, action: "pause" | "resume", by: string): Promise<PauseAnswer> {
    this.pauses.push(`${action} ${target} by ${by}`);
    return Promise.resolve(this.pauseAnswer);
  }
  listen(_target: string, sink: ListenerSink): Listening {
    if (this.listening.ok) this.sink = sink;
    return this.listening;
  }
  audit(entry: AuditEntry): void {
    this.audited.push(entry);
  }
}

/** Keys that differ, and say so by their bytes. */
export function countingRandom(from = 0): Random {
  let count = from;
  return {
    bytes: (length) => new Uint8Array(length).fill(++count),
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`,
  };
}

export class Site {
  readonly api = new FakeApi();
  readonly disk = new MemoryDisk();
  readonly clock = new TestClock();
  readonly keys: ApiKeys;
  readonly tokens = new Map<Role, string>();
  #server: HttpServer | null = null;

  constructor(randomFrom = 0) {
    this.keys = new ApiKeys("/state", {
      disk: this.disk,
      random: countingRandom(randomFrom),
      clock: this.clock,
    });
  }

  /** With a key for each role, named after it; closed when the test ends. */
  static async open(context: TestContext): Promise<Site> {
    const site = new Site();
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

  headers(role: Role): { authorization: string } {
    return { authorization: `Bearer ${this.tokens.get(role) ?? ""}` };
  }

  async ask(method: "GET" | "POST", url: string, role: Role | null = "supervisor") {
    const headers = role === null ? {} : this.headers(role);
    const response = await this.server.app.inject({ method, url, headers });
    return { status: response.statusCode, body: response.json<unknown>(), response };
  }

  /** A refusal's status and code; it has a path and a remedy. */
  async refusal(method: "GET" | "POST", url: string, role: Role | null = "supervisor") {
    const { status, body } = await this.ask(method, url, role);
    assert.ok(typeof body === "object" && body !== null && "error" in body);
    const { error } = body;
    assert.ok(typeof error === "object" && error !== null);
    assert.deepEqual(Object.keys(error), ["code", "path", "remedy"]);
    const [code, path, remedy] = Object.values(error).map(String);
    assert.ok(path !== "" && remedy !== "");
    return [status, code, path];
  }
}
