// What sequence numbers tell of a packet's place, and which of them not to believe: one that leaps
// while its timestamp goes on is a bit error. Stage: no I/O.
import { OVERTAKING_PACKETS } from "../rtp/jump-probation.ts";
import type { RtpHeader } from "../rtp/packet.ts";
import type { RtpSource } from "../rtp/rtp-source.ts";
import { numbersBetween } from "../rtp/sequence.ts";
import type { Timeline } from "../rtp/timeline.ts";

export class PacketNumbers {
  readonly #timeline: Timeline;
  /** Of the packet that the timeline's timestamps reckon from, and of the first so. */
  #newest = 0;
  #base = 0;
  /** The last number that did not go with its timestamp; -1 = the last one did. */
  #odd = -1;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /**
   * Its sequence number; of a packet whose number leaps and whose timestamp does not, the one that
   * the timestamp tells: the other is a bit error, unless the next one leaps alike.
   */
  read(header: RtpHeader, current: RtpSource): number {
    const { sequence } = header;
    const step = this.aheadOfNewest(sequence);
    if (!current.isPlaced || Math.abs(step) <= OVERTAKING_PACKETS) return sequence;
    const samples = header.payloadEnd - header.payloadStart;
    const steps = this.#timeline.stepsTo(header.timestamp, samples);
    const isNear = Number.isInteger(steps) && Math.abs(steps) <= OVERTAKING_PACKETS;
    const isOdd = isNear && Math.abs(step - steps) > OVERTAKING_PACKETS;
    const isAlike = sequence === ((this.#odd + 1) & 0xffff);
    this.#odd = isOdd ? sequence : -1;
    return isOdd && !isAlike ? (this.#newest + steps) & 0xffff : sequence;
  }

  /** The newest packet has its place; `isBase` = timestamps reckon from it. */
  advance(current: RtpSource, isBase: boolean): void {
    this.#newest = current.sequence.extendedMaximum & 0xffff;
    if (isBase) this.#base = this.#newest;
  }

  aheadOfNewest(number: number): number {
    return numbersBetween(this.#newest, number);
  }

  isBeforeBase(number: number): boolean {
    return numbersBetween(this.#base, number) < 0;
  }
}
