// Packets of one recording on their way to its stream, between two ticks. Each packet by itself
// would fetch all that is known of its call into the processor's cache; a dozen at once share that,
// which makes a packet half as dear with 500 calls (design.md §9). So a queue is also a lane:
// packets of the source and SSRC that took the router's whole way before need not take it again.
// Packets are copied, so that datagrams die young. Bounded; a full queue is worked off at once.
// Stage without I/O.
import type { Address } from "../ports/index.ts";
import { isPlainRtp, makeRtpHeader, readRtpHeader, type RtpHeader } from "../rtp/packet.ts";

/** Some 20 packets of 20 ms; a tick brings 12 or 13. */
export const PACKET_QUEUE_BYTES = 4096;
/** Before each packet: arrival time (a double), length. */
const TIME_BYTES = 8;
const ENTRY_HEADER_BYTES = TIME_BYTES + 2;

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
  /** Somebody listens: told of each packet at once, so that it need not wait for the tick. */
  onArrival: ((nowMs: number) => void) | null = null;
  #usedBytes = 0;
  /** Where the newest packet's entry begins; -1 before the first. */
  #newestAt = -1;
  /** Of all that waits. */
  #source: Address | null = null;
  #laneSource: Address | null = null;
  /** Signed, so that it needs no memory of its own. */
  #laneSsrc = 0;

  constructor(taker: PacketTaker) {
    this.#taker = taker;
  }

  /** When the newest packet that was queued came; -Infinity before the first. */
  get lastArrivalMs(): number {
    return this.#newestAt < 0 ? Number.NEGATIVE_INFINITY : this.#timeAt(this.#newestAt);
  }

  /** A packet that the router gave to this call, with its header as read. */
  push(data: Uint8Array, header: RtpHeader, from: PacketArrival): void {
    if (this.#usedBytes === 0 && !this.#taker.hasBegun) {
      this.#taker.onPacket(data, header, from);
      return;
    }
    if (from.source !== this.#source) this.settle();
    this.#source = from.source;
    this.#append(data, from.nowMs);
  }

  /** Such packets may go straight to `pushPlain`, behind others of theirs, until `closeLane`. */
  openLane(source: Address, ssrc: number): void {
    if (!this.#taker.hasBegun) return;
    this.#laneSource = source;
    this.#laneSsrc = ssrc | 0;
  }

  closeLane(): void {
    this.#laneSource = null;
  }

  /**
   * A datagram as it came. False = it must take the router's way: not plain, or not of this lane.
   */
  pushPlain(data: Uint8Array, source: Address, nowMs: number): boolean {
    if (source !== this.#laneSource || !isPlainRtp(data)) return false;
    const ssrc = (data[8]! << 24) | (data[9]! << 16) | (data[10]! << 8) | data[11]!;
    if (ssrc !== this.#laneSsrc || source !== this.#source) return false;
    this.#append(data, nowMs);
    return true;
  }

  /** Works off what waits: before anything that asks how far the audio has come. */
  settle(): void {
    const usedBytes = this.#usedBytes;
    if (usedBytes === 0 || this.#source === null) return;
    this.#usedBytes = 0;
    FROM.source = this.#source;
    const bytes = this.#bytes;
    for (let at = 0; at < usedBytes;) {
      const start = at + ENTRY_HEADER_BYTES;
      const end = start + ((bytes[start - 2]! << 8) | bytes[start - 1]!);
      const data = bytes.subarray(start, end);
      FROM.nowMs = this.#timeAt(at);
      // It was well formed when it came.
      readRtpHeader(data, HEADER);
      this.#taker.onPacket(data, HEADER, FROM);
      at = end;
    }
  }

  #append(data: Uint8Array, nowMs: number): void {
    const { length } = data;
    if (this.#usedBytes + ENTRY_HEADER_BYTES + length > PACKET_QUEUE_BYTES) this.settle();
    const at = this.#usedBytes;
    const start = at + ENTRY_HEADER_BYTES;
    const bytes = this.#bytes;
    TIME[0] = nowMs;
    for (let index = 0; index < TIME_BYTES; index += 1) bytes[at + index] = BYTES_OF_TIME[index]!;
    bytes[start - 2] = length >> 8;
    bytes[start - 1] = length;
    bytes.set(data, start);
    this.#newestAt = at;
    this.#usedBytes = start + length;
    if (this.onArrival !== null) this.onArrival(nowMs);
  }

  #timeAt(at: number): number {
    const bytes = this.#bytes;
    for (let index = 0; index < TIME_BYTES; index += 1) BYTES_OF_TIME[index] = bytes[at + index]!;
    return TIME[0]!;
  }
}

/** Reused from packet to packet by all queues of a thread: one is worked off at a time. */
const HEADER = makeRtpHeader();
const FROM: PacketArrival = { source: { host: "", port: 0 }, nowMs: 0 };
const TIME = new Float64Array(1);
const BYTES_OF_TIME = new Uint8Array(TIME.buffer);
