// Packets of one recording on their way to its stream, between two ticks. Each packet alone would
// fetch all that is known of its call into the processor's cache; a dozen at once share that, which
// makes a packet half as dear with 500 calls (design.md §9). Packets are copied, so that datagrams
// die young. Bounded; a full queue is worked off at once. Stage without I/O.
import type { Address } from "../ports/index.ts";
import { makeRtpHeader, readRtpHeader, type RtpHeader } from "../rtp/packet.ts";

/** Some 20 packets of 20 ms; a tick brings 12 or 13. */
export const PACKET_QUEUE_BYTES = 4096;
/** Arrival time (8 bytes), length (4), unused (4). */
const ENTRY_HEADER_BYTES = 16;

export interface PacketArrival {
  source: Address;
  /** Of the monotonic clock, when the packet came. */
  nowMs: number;
}

/** A recording's stream: `data` and `from` are its to read until it returns. */
export interface PacketTaker {
  /** The first packets are in order; until then each is taken at once, for it may be waited for. */
  readonly hasBegun: boolean;
  onPacket(data: Uint8Array, header: RtpHeader, from: PacketArrival): void;
}

export class PacketQueue {
  readonly #taker: PacketTaker;
  readonly #bytes = new Uint8Array(PACKET_QUEUE_BYTES);
  readonly #times = new Float64Array(this.#bytes.buffer);
  readonly #lengths = new Uint32Array(this.#bytes.buffer);
  #usedBytes = 0;
  /** Of all that waits. */
  #source: Address | null = null;

  constructor(taker: PacketTaker) {
    this.#taker = taker;
  }

  /** A packet that the router gave to this call, with its header as read. */
  push(data: Uint8Array, header: RtpHeader, from: PacketArrival): void {
    if (this.#usedBytes === 0 && !this.#taker.hasBegun) {
      this.#taker.onPacket(data, header, from);
      return;
    }
    const needed = ENTRY_HEADER_BYTES + data.length;
    const isFull = this.#usedBytes + needed > PACKET_QUEUE_BYTES;
    if (isFull || from.source !== this.#source) this.settle();
    const at = this.#usedBytes;
    this.#source = from.source;
    this.#times[at >> 3] = from.nowMs;
    this.#lengths[(at >> 2) + 2] = data.length;
    this.#bytes.set(data, at + ENTRY_HEADER_BYTES);
    this.#usedBytes = (at + needed + 7) & ~7;
  }

  /** Works off what waits: before anything that asks how far the audio has come. */
  settle(): void {
    const usedBytes = this.#usedBytes;
    if (usedBytes === 0 || this.#source === null) return;
    this.#usedBytes = 0;
    FROM.source = this.#source;
    for (let at = 0; at < usedBytes;) {
      const start = at + ENTRY_HEADER_BYTES;
      const end = start + this.#lengths[(at >> 2) + 2]!;
      const data = this.#bytes.subarray(start, end);
      FROM.nowMs = this.#times[at >> 3]!;
      // It was well formed when it came.
      readRtpHeader(data, HEADER);
      this.#taker.onPacket(data, HEADER, FROM);
      at = (end + 7) & ~7;
    }
  }
}

/** Reused from packet to packet by all queues of a thread: one is worked off at a time. */
const HEADER = makeRtpHeader();
const FROM: PacketArrival = { source: { host: "", port: 0 }, nowMs: 0 };
