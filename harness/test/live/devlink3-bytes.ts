// A DevLink3 client made of bytes alone, written from devlink3.md: no codec of this repository is
// in it, so that the simulated IP Office is judged by a third reading of the specification.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { until } from "./live-fixture.ts";

const DISCRIMINATOR = 0x49;

export const TYPE = {
  testRequest: 0x002a0001,
  testResponse: 0x802a0001,
  authRequest: 0x00300001,
  authResponse: 0x80300001,
  eventRequest: 0x00300011,
  eventResponse: 0x80300011,
  event: 0x10300011,
} as const;

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** A short frame: "L is the length of the whole frame including the header" (§2). */
export function frame(...parts: readonly Uint8Array[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(DISCRIMINATOR), u16(payload.length + 3), payload]);
}

export function testRequest(requestId: number, payload: Uint8Array): Buffer {
  return frame(u32(TYPE.testRequest), u32(requestId), u32(payload.length), payload);
}

export function authRequest(requestId: number, user: string): Buffer {
  return frame(u32(TYPE.authRequest), u32(requestId), u32(1), Buffer.from(`${user}\0`));
}

/**
 * "SHA-1 over 32 bytes: the 16 challenge bytes, then the password's UTF-8 bytes cut at 16" (§5).
 */
export function digestResponse(requestId: number, challenge: Uint8Array, password: string): Buffer {
  const padded = Buffer.alloc(16);
  Buffer.from(password).copy(padded, 0, 0, 16);
  const digest = createHash("sha1").update(challenge).update(padded).digest();
  return frame(u32(TYPE.authRequest), u32(requestId), u32(0x50), u32(digest.length), digest);
}

/** "password, UTF-8, zero padded to 32" (§5). */
export function plainResponse(requestId: number, password: string): Buffer {
  const padded = Buffer.alloc(32);
  padded.write(password);
  return frame(u32(TYPE.authRequest), u32(requestId), u32(0x51), u32(padded.length), padded);
}

export function eventRequest(requestId: number, flags: string): Buffer {
  const text = Buffer.from(`${flags}\0`);
  return frame(u32(TYPE.eventRequest), u32(requestId), u16(text.length), text);
}

export interface Tuple {
  readonly code: number;
  readonly data: Buffer;
}

/** "repeat to the end of the payload `code(4) | length(2) | data(length)`" (§3). */
export function tuples(payload: Buffer, offset: number): Tuple[] {
  const found: Tuple[] = [];
  let at = offset;
  while (at < payload.length) {
    const length = payload.readUInt16BE(at + 4);
    const data = payload.subarray(at + 6, at + 6 + length);
    if (data.length < length) throw new Error("a tuple runs past its payload");
    found.push({ code: payload.readUInt32BE(at), data });
    at += 6 + length;
  }
  return found;
}

/** UTF-8 without its terminating NUL. */
export function textOf(tuple: Tuple | undefined): string {
  return tuple?.data.toString("utf8").replace(/\0+$/, "") ?? "";
}

export class ByteClient {
  /** Payloads that came and were not taken yet. */
  readonly #payloads: Buffer[] = [];
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (piece: Buffer) => this.#onData(piece));
    socket.on("close", () => {
      this.#isClosed = true;
    });
    // A reset shows as a close.
    socket.on("error", () => undefined);
  }

  static async overTcp(host: string, port: number): Promise<ByteClient> {
    const socket = connectTcp({ host, port });
    await once(socket, "connect");
    return new ByteClient(socket);
  }

  /** Verifies the certificate by `authority`. */
  static async overTls(host: string, port: number, authority: Buffer): Promise<ByteClient> {
    const socket = connectTls({ host, port, ca: authority });
    await once(socket, "secureConnect");
    return new ByteClient(socket);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** One write. */
  send(...frames: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(frames));
  }

  /** One byte a write, each handed to the kernel before the next. */
  async sendByteByByte(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      await new Promise<void>((resolve) => {
        this.#socket.write(Buffer.of(byte), () => resolve());
      });
    }
  }

  /** The next payload of one of these types; others before it are passed over. */
  async next(...types: readonly number[]): Promise<Buffer> {
    const find = (): number => this.#payloads.findIndex((each) => types.includes(typeOf(each)));
    await until(`a packet ${types.map((type) => type.toString(16)).join(" or ")}`, () => {
      if (find() < 0 && this.#isClosed) throw new Error("the stream was closed");
      return find() >= 0;
    });
    return this.#payloads.splice(0, find() + 1).at(-1) ?? Buffer.alloc(0);
  }

  /** Logs in with SHA1; returns the result packet. */
  async logIn(user: string, password: string): Promise<Buffer> {
    this.send(authRequest(1, user));
    const challenge = await this.next(TYPE.authResponse);
    this.send(digestResponse(2, challenge.subarray(16, 32), password));
    return this.next(TYPE.authResponse);
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    while (this.#received.length >= 4) {
      const [mark, b1 = 0, b2 = 0, b3 = 0] = this.#received;
      if (mark !== DISCRIMINATOR) throw new Error("not a frame");
      const isLong = (b1 & 0x80) !== 0;
      // "L = (b1 & 0x7F) << 15 | (b2 & 0x7F) << 8 | b3" (§2): the shift is 15.
      const length = isLong ? ((b1 & 0x7f) << 15) | ((b2 & 0x7f) << 8) | b3 : (b1 << 8) | b2;
      if (this.#received.length < length) return;
      this.#payloads.push(this.#received.subarray(isLong ? 4 : 3, length));
      this.#received = this.#received.subarray(length);
    }
  }
}

function typeOf(payload: Buffer): number {
  return payload.readUInt32BE(0);
}
