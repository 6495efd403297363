// One TCP or TLS connection to a DevLink3 port: bytes ↔ packets, with the raw log.  devlink3.md
// §1, §2. Service between the port and its owner (link-client.ts, file-read.ts). Passwords and
// their digests never reach the raw log.
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Tcp, TcpStream, TlsOptions } from "../ports/index.ts";
import { plainPassword, sha1Digest } from "./auth.ts";
import { Deframer, MAXIMUM_FRAME_BYTES, serializeFrame } from "./frame.ts";
import type { Trouble } from "./link-policy.ts";
import type { Challenge } from "./login-machine.ts";
import { parsePacket, serializePacket, type Packet } from "./packet.ts";
import { alertTrouble, connectTrouble, describe } from "./tls-trouble.ts";

/** For TCP and TLS handshake together. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** Replaces each secret byte in the raw log: "*". */
const MASK = 0x2a;
/** Frame header, type, RequestID, step and length of a challenge's answer. */
const ANSWER_HEADER_BYTES = 19;

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Asked anew at each connection: certificates are renewed while the link is up. */
  readonly tls?: () => TlsOptions;
}

export interface ConnectionPorts {
  readonly tcp: Tcp;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The raw log. `bytes` are the receiver's; secrets are masked. */
  readonly onBytes: (direction: "in" | "out", bytes: Uint8Array) => void;
}

/** Nothing is called after `end`, nor after `onFailed`, `onDamaged` or `onLost`. */
export interface ConnectionDelegate {
  onConnected(): void;
  /** Also after `onConnected`: with TLS 1.3 the refusal of our certificate comes late. */
  onFailed(trouble: Trouble): void;
  onPacket(packet: Packet): void;
  onDamaged(detail: string): void;
  onLost(detail: string): void;
}

export class LinkConnection {
  readonly #options: ConnectionOptions;
  readonly #ports: ConnectionPorts;
  readonly #delegate: ConnectionDelegate;
  readonly #deframer = new Deframer({ maximumFrameBytes: MAXIMUM_FRAME_BYTES });
  #stream: TcpStream | null = null;
  #isOver = false;
  #onEnded: (() => void) | null = null;

  constructor(options: ConnectionOptions, ports: ConnectionPorts, delegate: ConnectionDelegate) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
  }

  start(): void {
    const { host, port, tls } = this.#options;
    const options = { remote: { host, port }, timeoutMs: CONNECT_TIMEOUT_MS };
    const delegate = {
      onData: (data: Uint8Array) => this.#onData(data),
      onClose: (error: Error | null) => this.#onClose(error),
    };
    const secured = tls === undefined ? options : { ...options, tls: tls() };
    this.#ports.tcp.connect(secured, delegate).then(
      (stream) => this.#onStream(stream),
      (error: unknown) => this.#fail(error),
    );
  }

  send(packet: Packet): void {
    this.#write(serializeFrame(serializePacket(packet)), hasSecret(packet));
  }

  /** The answer to a challenge, made of the password. */
  answer(requestId: number, challenge: Challenge, password: string): void {
    this.send(
      challenge.kind === "sha1"
        ? { type: "authSha1", requestId, digest: sha1Digest(challenge.bytes, password) }
        : { type: "authPlain", requestId, password: plainPassword(password) },
    );
  }

  sendPayload(payload: Uint8Array): void {
    this.#write(serializeFrame(payload), false);
  }

  /** Ends at once. Idempotent. */
  destroy(): void {
    this.#isOver = true;
    this.#stream?.destroy();
  }

  /** Sends what is queued, then ends; `onEnded` is called once, when the stream has closed. */
  close(onEnded: () => void): void {
    this.#isOver = true;
    if (this.#stream === null) {
      onEnded();
      return;
    }
    this.#onEnded = onEnded;
    this.#stream.close();
  }

  #write(frame: Uint8Array, isSecret: boolean): void {
    if (this.#isOver || this.#stream === null) return;
    const shown = frame.slice();
    if (isSecret) shown.fill(MASK, ANSWER_HEADER_BYTES);
    this.#ports.onBytes("out", shown);
    this.#stream.write(frame);
  }

  #onStream(stream: TcpStream): void {
    if (this.#isOver) {
      stream.destroy();
      return;
    }
    this.#stream = stream;
    this.#delegate.onConnected();
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#delegate.onFailed(connectTrouble(error, this.#options.tls !== undefined));
  }

  #onData(data: Uint8Array): void {
    if (this.#isOver) return;
    this.#ports.onBytes("in", data.slice());
    for (const output of this.#deframer.push(data)) {
      // A delegate may have ended the connection meanwhile.
      if (this.#isOver) return;
      if (output.type === "frame") this.#onFrame(output.payload);
      else this.#damage(`${output.problem.code} at byte ${output.problem.at}`);
    }
  }

  #damage(detail: string): void {
    this.destroy();
    this.#delegate.onDamaged(detail);
  }

  #onFrame(payload: Uint8Array): void {
    this.#ports.metrics.increment("devlink3_frames_received_total");
    const packet = parsePacket(payload);
    if (packet.ok) {
      this.#delegate.onPacket(packet.value);
      return;
    }
    this.#ports.metrics.increment("devlink3_packets_malformed_total");
    this.#ports.log.warn("A malformed DevLink3 packet was dropped.", { ...packet.problem });
  }

  #onClose(error: Error | null): void {
    this.#stream = null;
    const onEnded = this.#onEnded;
    this.#onEnded = null;
    onEnded?.();
    if (this.#isOver) return;
    this.#isOver = true;
    const refusal = this.#options.tls === undefined ? null : alertTrouble(error);
    if (refusal !== null) this.#delegate.onFailed(refusal);
    else this.#delegate.onLost(error === null ? "closed by the IP Office" : describe(error));
  }
}

function hasSecret(packet: Packet): boolean {
  return packet.type === "authSha1" || packet.type === "authPlain";
}
