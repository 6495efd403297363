// The way from one host to another, in one direction: its latency, its faults and its state. UDP
// and TCP both travel on it. Without faults it keeps the order of what is sent. The relay of live
// runs (harness/src/relay) decides with it as well, on the real clock.
import { Bottleneck } from "./bottleneck.ts";
import type { DatagramFaults, StreamFaults } from "./contract.ts";
import type { SeededRandom } from "./contract.ts";
import { millisecondsOf, ticksFor } from "./virtual-time.ts";

/** Between two hosts of one LAN. */
export const LAN_LATENCY_MS = [0.2, 1] as const;
/** Within one host. */
export const LOOPBACK_LATENCY_MS = [0.01, 0.05] as const;
/** The copy of a doubled datagram follows in this time. */
const COPY_MS = [0.2, 1] as const;
/**
 * The mean difference of two draws of one uniform distribution is a third of its width; of two
 * packets that follow each other in arrival it is a little more, because they overtake.
 */
const JITTER_WIDTHS = 2.85;
/** How long a datagram is held back so that later ones overtake: more than one packet of 20 ms. */
const HOLD_BACK_MS = [21, 100] as const;

export interface DatagramJourney {
  /** Empty = lost. */
  readonly arrivalTicks: readonly number[];
  readonly isCorrupted: boolean;
}

/** What a firewall looks at. */
export interface FlowPorts {
  readonly protocol: "udp" | "tcp";
  readonly fromPort: number;
  readonly toPort: number;
}

export class NetworkPath {
  isCut = false;
  /** Which flows pass; undefined = all. */
  allows: ((flow: FlowPorts) => boolean) | undefined;
  streamFaults: StreamFaults | undefined;
  readonly #clock: { readonly nowTicks: number };
  readonly #latencyMs: readonly [number, number];
  readonly #latencyRandom: SeededRandom;
  readonly #faultRandom: SeededRandom;
  #datagramFaults: DatagramFaults | undefined;
  #isInBadState = false;
  #bottleneck: Bottleneck | null = null;
  #lastDatagramTicks = 0;

  constructor(options: {
    readonly name: string;
    /** Of the way itself, before any fault. */
    readonly latencyMs: readonly [minimum: number, maximum: number];
    readonly clock: { readonly nowTicks: number };
    readonly random: (name: string) => SeededRandom;
  }) {
    this.#clock = options.clock;
    this.#latencyMs = options.latencyMs;
    this.#latencyRandom = options.random(`network latency ${options.name}`);
    this.#faultRandom = options.random(`network faults ${options.name}`);
  }

  /** Streams neither move nor connect. */
  get isBlocked(): boolean {
    return this.isCut || this.streamFaults?.stalled === true;
  }

  setDatagramFaults(faults: DatagramFaults | undefined): void {
    this.#datagramFaults = faults;
    this.#isInBadState = false;
    const rate = faults?.rateBitsPerSecond;
    this.#bottleneck = rate === undefined ? null : new Bottleneck(rate);
  }

  /** Latency of one stream segment or handshake step. */
  streamLatencyMs(): number {
    const delayMs = this.streamFaults?.delayMs;
    return this.#baseLatencyMs() + (delayMs === undefined ? 0 : this.#between(delayMs));
  }

  /** The size of the next piece of a chunk of `length` bytes; all of it without the fault. */
  pieceBytes(length: number): number {
    const chunkBytes = this.streamFaults?.chunkBytes;
    if (chunkBytes === undefined) return length;
    return Math.min(length, this.#faultRandom.integer(1, Math.max(1, chunkBytes)));
  }

  /** How much of `pendingBytes` still got through when a stream was reset. */
  bytesBeforeReset(pendingBytes: number): number {
    return this.#faultRandom.integer(0, pendingBytes);
  }

  /** Decides the fate of one datagram. */
  sendDatagram(bytes: number, flow: FlowPorts): DatagramJourney {
    const latencyMs = this.#baseLatencyMs();
    const faults = this.#datagramFaults;
    if (this.allows?.(flow) === false || bytes > (faults?.maximumBytes ?? Infinity)) {
      return { arrivalTicks: [], isCorrupted: false };
    }
    if (this.isCut || (faults !== undefined && this.#isLost(faults))) {
      return { arrivalTicks: [], isCorrupted: false };
    }
    if (faults === undefined) {
      return { arrivalTicks: [this.#inOrder(latencyMs)], isCorrupted: false };
    }
    const waitMs = this.#waitMs(bytes);
    if (waitMs === null) return { arrivalTicks: [], isCorrupted: false };
    return this.#faultyJourney(faults, latencyMs + waitMs);
  }

  /** A copy of `data` with one to three bits turned. */
  corrupt(data: Uint8Array): Uint8Array {
    const copy = data.slice();
    if (copy.length === 0) return copy;
    const firstBit = this.#faultRandom.integer(0, copy.length * 8 - 1);
    const turnedBits = this.#faultRandom.integer(1, 3);
    for (let bit = firstBit; bit < Math.min(firstBit + turnedBits, copy.length * 8); bit += 1) {
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    }
    return copy;
  }

  /** Before a narrow link; null = its queue has no room. */
  #waitMs(bytes: number): number | null {
    if (this.#bottleneck === null) return 0;
    return this.#bottleneck.push(millisecondsOf(this.#clock.nowTicks), bytes);
  }

  #faultyJourney(faults: DatagramFaults, latencyMs: number): DatagramJourney {
    const random = this.#faultRandom;
    const delayMs = latencyMs + (faults.delayMs === undefined ? 0 : this.#between(faults.delayMs));
    const first = this.#arrival(faults, delayMs);
    const arrivalTicks = [first];
    if (random.chance(faults.duplicateRatio ?? 0)) {
      arrivalTicks.push(first + ticksFor(this.#between(COPY_MS)));
    }
    return { arrivalTicks, isCorrupted: random.chance(faults.corruptRatio ?? 0) };
  }

  #arrival(faults: DatagramFaults, delayMs: number): number {
    // One held back does not hold up the others: that is how they overtake.
    const isHeldBack = this.#faultRandom.chance(faults.reorderRatio ?? 0);
    if (isHeldBack) return this.#clock.nowTicks + ticksFor(delayMs + this.#between(HOLD_BACK_MS));
    if (faults.jitterMs === undefined) return this.#inOrder(delayMs);
    const ownMs = this.#faultRandom.fraction() * faults.jitterMs * JITTER_WIDTHS;
    return this.#clock.nowTicks + ticksFor(delayMs + ownMs);
  }

  /** Gilbert-Elliott: losses come in bursts, as on real networks. */
  #isLost(faults: DatagramFaults): boolean {
    const loss = faults.loss;
    if (loss === undefined) return false;
    const turns = this.#faultRandom.chance(this.#isInBadState ? loss.leave : loss.enter);
    if (turns) this.#isInBadState = !this.#isInBadState;
    return this.#isInBadState && this.#faultRandom.chance(loss.lossInBad);
  }

  #inOrder(delayMs: number): number {
    const ticks = this.#clock.nowTicks + ticksFor(delayMs);
    this.#lastDatagramTicks = Math.max(ticks, this.#lastDatagramTicks);
    return this.#lastDatagramTicks;
  }

  #baseLatencyMs(): number {
    const [minimum, maximum] = this.#latencyMs;
    return minimum + this.#latencyRandom.fraction() * (maximum - minimum);
  }

  #between([minimum, maximum]: readonly [number, number]): number {
    return minimum + this.#faultRandom.fraction() * (maximum - minimum);
  }
}
