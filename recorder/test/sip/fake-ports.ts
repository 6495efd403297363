// Ports for the tests of sip/: a clock that moves only by advance, a UDP and a TCP network in
// memory, chance that counts, a log that remembers. They refuse what was not planned.
import assert from "node:assert/strict";
import type { LogFields, Logger } from "../../src/log.ts";
import type {
  Address,
  Clock,
  Random,
  Tcp,
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  Timer,
  TlsOptions,
  Udp,
  UdpDelegate,
  UdpSocket,
} from "../../src/ports/index.ts";
import { addressText } from "../../src/sip/uri.ts";

interface Pending {
  readonly name: string;
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class TestClock implements Clock {
  readonly #pending = new Set<Pending>();
  #nowMs = 1_000;
  #order = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  wallTimeMs(): number {
    return 1_795_366_800_000 + this.#nowMs;
  }

  setTimer(name: string, delayMs: number, callback: () => void): Timer {
    assert.ok(delayMs >= 0 && delayMs < 2 ** 31, `${name}: ${delayMs} ms is no timer`);
    const pending = { name, atMs: this.#nowMs + delayMs, order: this.#order++, callback };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#pending]
        .filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (due === undefined) break;
      this.#pending.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.callback();
    }
    this.#nowMs = endMs;
  }

  names(): string[] {
    return [...this.#pending].map(({ name }) => name).sort();
  }
}

export function countingRandom(): Random {
  let count = 0;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      new DataView(bytes.buffer).setUint32(Math.max(0, length - 4), ++count);
      return bytes;
    },
    uuid: () => assert.fail("sip/ asks for no UUID"),
  };
}

export interface Sent {
  readonly text: string;
  readonly target: Address;
  readonly atMs: number;
}

export class FakeUdp implements Udp {
  readonly sent: Sent[] = [];
  readonly #clock: TestClock;
  delegate: UdpDelegate | null = null;
  failure: Error | null = null;
  isOpen = false;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  bind(options: { local: Address }, delegate: UdpDelegate): Promise<UdpSocket> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.delegate = delegate;
    this.isOpen = true;
    const port = options.local.port === 0 ? 5060 : options.local.port;
    return Promise.resolve({
      local: { host: options.local.host, port },
      send: (data, target) => {
        assert.ok(this.isOpen, "sent on a closed socket");
        const text = Buffer.from(data).toString("utf8");
        this.sent.push({ text, target, atMs: this.#clock.nowMs() });
      },
      receiveBufferBytes: () => 0,
      kernelDropCount: () => null,
      whenDrained: (callback) => callback(),
      close: () => {
        this.isOpen = false;
      },
    });
  }

  /** What was sent since the last call. */
  take(): Sent[] {
    return this.sent.splice(0);
  }

  receive(data: string | Uint8Array, source: Address): void {
    assert.ok(this.delegate !== null && this.isOpen, "nobody listens");
    this.delegate.onDatagram(typeof data === "string" ? Buffer.from(data) : data, source);
  }
}

/** The far end of a stream of FakeTcp. */
export class FakePeer {
  text = "";
  isClosed = false;
  queued = 0;
  readonly stream: TcpStream;
  delegate: TcpStreamDelegate | null = null;

  constructor(local: Address, remote: Address, secure: boolean) {
    this.stream = {
      local,
      remote,
      secure,
      write: (data) => {
        if (!this.isClosed) this.text += Buffer.from(data).toString("utf8");
      },
      queuedBytes: () => this.queued,
      close: () => this.end(null),
      destroy: () => this.end(null),
    };
  }

  send(data: string | Uint8Array): void {
    assert.ok(this.delegate !== null && !this.isClosed, "the stream is closed");
    this.delegate.onData(typeof data === "string" ? Buffer.from(data) : data);
  }

  end(error: Error | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.delegate?.onClose(error);
  }

  take(): string {
    const { text } = this;
    this.text = "";
    return text;
  }
}

export class FakeTcp implements Tcp {
  readonly listeners = new Map<string, (stream: TcpStream) => TcpStreamDelegate>();
  readonly dialled: FakePeer[] = [];
  readonly secure: boolean[] = [];
  /** What listen() fails with, by port. */
  readonly busy = new Map<number, string>();
  connectFailure: Error | null = new Error("no connection was planned");
  /** Certificates that listeners were given after they had been opened. */
  readonly renewed: TlsOptions[] = [];
  /** Tells the TLS listener's owner of a client whose handshake failed. */
  failHandshake: (remote: Address, error: Error) => void = () => assert.fail("nobody listens");

  checkTls(): void {}

  connect(
    options: { remote: Address; tls?: object; timeoutMs: number },
    delegate: TcpStreamDelegate,
  ): Promise<TcpStream> {
    if (this.connectFailure !== null) return Promise.reject(this.connectFailure);
    const local = { host: "192.0.2.10", port: 40_000 + this.dialled.length };
    const peer = new FakePeer(local, options.remote, options.tls !== undefined);
    peer.delegate = delegate;
    this.dialled.push(peer);
    return Promise.resolve(peer.stream);
  }

  listen(
    options: Parameters<Tcp["listen"]>[0],
    onStream: (stream: TcpStream) => TcpStreamDelegate,
  ): Promise<TcpListener> {
    const code = this.busy.get(options.local.port);
    if (code !== undefined) return Promise.reject(Object.assign(new Error(code), { code }));
    const port = options.local.port === 0 ? 5061 : options.local.port;
    const local = { host: options.local.host, port };
    const key = addressText(local);
    this.listeners.set(key, onStream);
    const close = (): Promise<void> => {
      this.listeners.delete(key);
      return Promise.resolve();
    };
    const { onHandshakeFailed } = options;
    if (onHandshakeFailed !== undefined) this.failHandshake = onHandshakeFailed;
    const renew = (tls: TlsOptions): void => void this.renewed.push(tls);
    return Promise.resolve({ local, renew, close });
  }

  /** A connection from outside. */
  dial(to: Address, from: Address, secure = false): FakePeer {
    const onStream = this.listeners.get(addressText(to));
    assert.ok(onStream !== undefined, `nobody listens on ${addressText(to)}`);
    const peer = new FakePeer(to, from, secure);
    peer.delegate = onStream(peer.stream);
    return peer;
  }
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export class TestLogger implements Logger {
  readonly lines: LogLine[] = [];

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
}
