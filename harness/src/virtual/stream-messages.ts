// The SIP messages of the virtual world's streams: when each was written and when all of it had
// arrived, if ever. Bytes of the network in, messages out; what the two sides make of them is none
// of its business.  RFC 3261 §18.3
import type { StreamBytes } from "@tapeline/simulator/world";
import type { StreamMessage } from "../environment/observations.ts";

const END_OF_HEAD = "\r\n\r\n";
const LINE_END = new Set([13, 10]);

/** One direction of one connection. */
interface Direction {
  /** Of its first byte. */
  readonly beganMs: number;
  /** Written, and not yet a whole message. */
  rest: Buffer;
  restSinceMs: number;
  /** Bytes of the messages before `rest`. */
  framedBytes: number;
  arrivedBytes: number;
  /** Not yet arrived, each with where it ends. */
  readonly underWay: { readonly message: Mutable; readonly endBytes: number }[];
}

type Mutable = { -readonly [K in keyof StreamMessage]: StreamMessage[K] };

export class StreamMessages {
  readonly messages: StreamMessage[] = [];
  readonly #sipPorts: readonly number[];
  readonly #pbxHost: string;
  readonly #directions = new Map<string, Direction>();

  constructor(options: { readonly sipPorts: readonly number[]; readonly pbxHost: string }) {
    this.#sipPorts = options.sipPorts;
    this.#pbxHost = options.pbxHost;
  }

  onBytes(bytes: StreamBytes): void {
    const { from, to, connection } = bytes;
    if (!this.#sipPorts.includes(from.port) && !this.#sipPorts.includes(to.port)) return;
    const key = `${connection} ${from.host}:${from.port}`;
    let direction = this.#directions.get(key);
    if (direction === undefined) this.#directions.set(key, (direction = newDirection(bytes)));
    if (bytes.what === "written") this.#written(direction, bytes);
    else arrived(direction, bytes);
  }

  #written(direction: Direction, { data, atMs, from, to, isSecure }: StreamBytes): void {
    if (direction.rest.length === 0) direction.restSinceMs = atMs;
    direction.rest = Buffer.concat([direction.rest, data]);
    for (;;) {
      const keepAliveBytes = direction.rest.findIndex((byte) => !LINE_END.has(byte));
      take(direction, keepAliveBytes < 0 ? direction.rest.length : keepAliveBytes);
      const bytes = messageBytes(direction.rest);
      if (bytes === null) return;
      const text = take(direction, bytes).toString("utf8");
      const message: Mutable = {
        from: from.host === this.#pbxHost ? "pbx" : "recorder",
        transport: isSecure ? "tls" : "tcp",
        sentMs: direction.restSinceMs,
        arrivedMs: null,
        hasWaited: this.#sipPorts.includes(to.port) && direction.restSinceMs === direction.beganMs,
        text,
      };
      this.messages.push(message);
      direction.underWay.push({ message, endBytes: direction.framedBytes });
      direction.restSinceMs = atMs;
    }
  }
}

function newDirection({ atMs: beganMs }: StreamBytes): Direction {
  return {
    beganMs,
    rest: Buffer.alloc(0),
    restSinceMs: 0,
    framedBytes: 0,
    arrivedBytes: 0,
    underWay: [],
  };
}

function take(direction: Direction, bytes: number): Buffer {
  const taken = direction.rest.subarray(0, bytes);
  direction.rest = direction.rest.subarray(bytes);
  direction.framedBytes += bytes;
  return taken;
}

function arrived(direction: Direction, { data, atMs }: StreamBytes): void {
  direction.arrivedBytes += data.length;
  for (;;) {
    const [next] = direction.underWay;
    if (next === undefined || next.endBytes > direction.arrivedBytes) return;
    next.message.arrivedMs = atMs;
    direction.underWay.shift();
  }
}

/** The length of the message that `bytes` begin with; null = there is no whole one. */
function messageBytes(bytes: Buffer): number | null {
  const headBytes = bytes.indexOf(END_OF_HEAD);
  if (headBytes < 0) return null;
  const head = bytes.toString("latin1", 0, headBytes);
  const [, length = "0"] = /^(?:content-length|l)[ \t]*:[ \t]*(\d+)/im.exec(head) ?? [];
  const wholeBytes = headBytes + END_OF_HEAD.length + Number(length);
  return bytes.length < wholeBytes ? null : wholeBytes;
}
