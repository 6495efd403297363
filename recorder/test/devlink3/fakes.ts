// Ports and an IP Office for the tests of devlink3/: a clock that moves by advance() only, TCP
// without sockets, a scripted PBX that speaks by the codec's own vectors, a delegate that writes
// down what it is told. They refuse what was not planned.
import assert from "node:assert/strict";
import { Deframer, MAXIMUM_FRAME_BYTES, serializeFrame } from "../../src/devlink3/frame.ts";
import type { LinkDelegate } from "../../src/devlink3/link.ts";
import { parsePacket, serializePacket, type Packet } from "../../src/devlink3/packet.ts";
import { textTuple, TUPLE_CODE } from "../../src/devlink3/tuple.ts";
import type { LogFields, Logger } from "../../src/log.ts";
import type {
  Clock,
  Random,
  Tcp,
  TcpStream,
  TcpStreamDelegate,
  Timer,
  TlsOptions,
} from "../../src/ports/index.ts";

interface FakeTimer {
  readonly name: string;
  readonly atMs: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<FakeTimer>();

  nowMs(): number {
    return this.#nowMs;
  }

  wallTimeMs(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  setTimer(name: string, delayMs: number, callback: () => void): Timer {
    const timer = { name, atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Names of running timers with the time left. */
  running(): string[] {
    return [...this.#timers].map(({ name, atMs }) => `${name} ${atMs - this.#nowMs}`).sort();
  }

  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs);
      const [next] = due.sort((one, other) => one.atMs - other.atMs);
      if (next === undefined) break;
      this.#nowMs = next.atMs;
      this.#timers.delete(next);
      next.callback();
    }
    this.#nowMs = endMs;
  }
}

/** Always the same bytes: 0x80000000 is a chance of one half. */
export const fakeRandom: Random = {
  bytes: (count) => new Uint8Array(count).fill(0).map((_, index) => (index === 0 ? 0x80 : 0)),
  uuid: () => assert.fail("no UUID is needed here"),
};

/** One line: "warn message". */
export class RecordingLog implements Logger {
  readonly lines: { level: string; message: string; fields: LogFields }[] = [];

  debug(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "debug", message, fields });
  }

  info(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "info", message, fields });
  }

  warn(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "warn", message, fields });
  }

  error(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: "error", message, fields });
  }

  child(): Logger {
    return this;
  }

  /** `code` fields of warnings. */
  codes(): unknown[] {
    return this.lines
      .filter(({ level }) => level === "warn")
      .flatMap(({ fields }) => fields["code"] ?? []);
  }
}

/** One connection, seen from the PBX. */
export class FakeConnection implements TcpStream {
  readonly local = { host: "127.0.0.1", port: 40_000 };
  readonly remote = { host: "192.168.10.1", port: 50_797 };
  readonly secure: boolean;
  /** What the client has sent, parsed. */
  readonly received: Packet[] = [];
  /** What the client has sent, on the wire. */
  readonly wire: number[] = [];
  ended: "closed" | "destroyed" | null = null;
  onPacket: (packet: Packet) => void = () => undefined;
  readonly #delegate: TcpStreamDelegate;
  readonly #deframer = new Deframer({ maximumFrameBytes: MAXIMUM_FRAME_BYTES });

  constructor(delegate: TcpStreamDelegate, secure: boolean) {
    this.#delegate = delegate;
    this.secure = secure;
  }

  write(data: Uint8Array): void {
    assert.equal(this.ended, null, "written after the end");
    this.wire.push(...data);
    for (const output of this.#deframer.push(data)) {
      assert.ok(output.type === "frame");
      const packet = parsePacket(output.payload);
      assert.ok(packet.ok);
      this.received.push(packet.value);
      this.onPacket(packet.value);
    }
  }

  queuedBytes(): number {
    return 0;
  }

  close(): void {
    this.#end("closed");
  }

  destroy(): void {
    this.#end("destroyed");
  }

  #end(how: "closed" | "destroyed"): void {
    if (this.ended !== null) return;
    this.ended = how;
    this.#delegate.onClose(null);
  }

  // The PBX's side.

  send(...packets: Packet[]): void {
    for (const packet of packets) this.sendBytes(serializeFrame(serializePacket(packet)));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#delegate.onData(bytes);
  }

  /** The PBX ends the connection. */
  end(error: Error | null = null): void {
    this.ended = "closed";
    this.#delegate.onClose(error);
  }
}

export class FakeTcp implements Tcp {
  readonly connections: FakeConnection[] = [];
  attempts = 0;
  /** Errors of the next attempts; null = it works. */
  failures: (Error | null)[] = [];
  onConnection: (connection: FakeConnection) => void = () => undefined;
  lastOptions: { remote: { host: string; port: number }; tls?: TlsOptions } | null = null;

  connect(
    options: { remote: { host: string; port: number }; tls?: TlsOptions; timeoutMs: number },
    delegate: TcpStreamDelegate,
  ): Promise<TcpStream> {
    this.attempts += 1;
    this.lastOptions = options;
    const failure = this.failures.shift() ?? null;
    if (failure !== null) return Promise.reject(failure);
    const connection = new FakeConnection(delegate, options.tls !== undefined);
    this.connections.push(connection);
    this.onConnection(connection);
    return Promise.resolve(connection);
  }

  checkTls(): void {}

  listen(): never {
    return assert.fail("a client does not listen");
  }

  /** The newest connection. */
  get last(): FakeConnection {
    const last = this.connections.at(-1);
    assert.ok(last !== undefined, "no connection was made");
    return last;
  }
}

export function failure(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

/** Lets the promise of tcp.connect resolve. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

/** What the delegate was told, one word or value a call. */
export class RecordingDelegate implements LinkDelegate {
  readonly told: unknown[] = [];
  onTold: (word: unknown) => void = () => undefined;

  onState(state: { name: string; code: string | null }): void {
    this.#tell(state.code === null ? state.name : `${state.name} ${state.code}`);
  }

  onStreamBegan(epoch: number): void {
    this.#tell(`began ${epoch}`);
  }

  onSnapshotFinished(): void {
    this.#tell("snapshot finished");
  }

  onStreamEnded(): void {
    this.#tell("ended");
  }

  onRecord(record: { kind: string }, nodeHost: string): void {
    this.#tell(`${record.kind} ${nodeHost}`);
  }

  onSipTrack(track: { event: string; sipCallId: string }): void {
    this.#tell(`${track.event} ${track.sipCallId}`);
  }

  onRecordingStatus(status: { streamId: string; state: string }): void {
    this.#tell(`${status.streamId} ${status.state}`);
  }

  /** What was told since the last call of this. */
  take(): unknown[] {
    return this.told.splice(0);
  }

  #tell(word: unknown): void {
    this.told.push(word);
    this.onTold(word);
  }
}

export interface PbxScript {
  readonly challenge?: "sha1" | "plain";
  /** Result of the login. */
  readonly result?: number;
  readonly version?: string;
  readonly hasExtension?: boolean;
  /** Answer to the event request: result, and the flags if not those asked for. */
  readonly eventResult?: number;
  readonly granted?: readonly string[];
  /** Pieces of each file; null = NOT FOUND; absent = no answer. */
  readonly file?: readonly string[] | null;
  readonly answersTests?: boolean;
}

export const CHALLENGE = Uint8Array.from({ length: 16 }, (_, index) => index);

/** Answers as an IP Office does, by the script. */
export function servePbx(connection: FakeConnection, script: PbxScript): void {
  connection.onPacket = (packet) => {
    switch (packet.type) {
      case "authRequest": {
        const { requestId } = packet;
        if (script.challenge === "plain") connection.send({ type: "challengePlain", requestId });
        else connection.send({ type: "challengeSha1", requestId, challenge: CHALLENGE });
        return;
      }
      case "authSha1":
      case "authPlain":
        connection.send(loginResult(packet.requestId, script));
        return;
      case "eventRequest": {
        const { requestId, flags } = packet;
        const result = script.eventResult ?? 0;
        connection.send({
          type: "eventResponse",
          requestId,
          result,
          flags: script.granted ?? flags,
        });
        return;
      }
      case "testRequest":
        if (script.answersTests === false) return;
        connection.send({ ...packet, type: "testResponse", result: 0 });
        return;
      case "fileRequest":
        serveFile(connection, packet.requestId, script);
        return;
      default:
        return;
    }
  };
}

function loginResult(requestId: number, script: PbxScript): Packet {
  const result = script.result ?? 0;
  if (result !== 0) return { type: "authResult", requestId, result, tuples: [] };
  const tuples = [
    textTuple(TUPLE_CODE.pbxVersion, script.version ?? "IP Office 12.1.0.0 build 23"),
    ...(script.hasExtension === true ? [textTuple(0x7fe00001, "dl3rec/1")] : []),
  ];
  return { type: "authResult", requestId, result, tuples };
}

function serveFile(connection: FakeConnection, requestId: number, { file }: PbxScript): void {
  const data = new Uint8Array(0);
  if (file === null) {
    connection.send({ type: "fileResponse", requestId, result: 0x80000061, data });
  }
  for (const piece of file ?? []) {
    const bytes = new TextEncoder().encode(piece);
    connection.send({ type: "fileResponse", requestId, result: 0, data: bytes });
  }
}
