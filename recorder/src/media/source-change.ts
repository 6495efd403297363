// When a new SSRC on a call's own source takes over from the present one: on two consecutive
// sequence numbers with nothing of the present one between (RFC 3550 A.1, probation). An SSRC that
// was left before comes back only after a second of silence, so that two senders behind one pair
// cannot toss the recording to and fro. Stage: no I/O, time comes with the packets.
import type { HeldPacket } from "./packet-router.ts";

/** Packets of a candidate that are kept until it is confirmed. */
const CANDIDATE_PACKETS_LIMIT = 16;
const RETURN_SILENCE_MS = 1000;
/** SSRCs remembered as left. */
const LEFT_LIMIT = 16;

export class SourceChange {
  #packets: HeldPacket[] = [];
  #isContested = false;
  readonly #left: number[] = [];

  /** A packet of the present SSRC came, newer than all before. */
  onPresent(): void {
    if (this.#packets.length > 0) this.#isContested = true;
  }

  /**
   * A packet of another SSRC. Non-empty = it takes over, and these are its packets so far.
   * `strays` counts those that were given up.
   */
  push(
    packet: HeldPacket,
    presentSilentMs: number,
  ): { readonly taken: readonly HeldPacket[]; readonly strays: number } {
    if (this.#left.includes(packet.ssrc) && presentSilentMs < RETURN_SILENCE_MS) {
      return { taken: [], strays: 1 };
    }
    let strays = 0;
    if (this.#packets[0] !== undefined && this.#packets[0].ssrc !== packet.ssrc) {
      strays = this.drop();
    }
    const before = this.#packets.at(-1);
    this.#packets.push(packet);
    const isNext = before !== undefined && ((before.sequence + 1) & 0xffff) === packet.sequence;
    if (isNext && !this.#isContested) {
      // The first in its numbers begins the SSRC's time, also when others overtook it.
      const taken = this.#packets.toSorted(
        (one, other) => ((one.sequence - other.sequence) << 16) >> 16,
      );
      this.#packets = [];
      return { taken, strays };
    }
    this.#isContested = false;
    if (this.#packets.length > CANDIDATE_PACKETS_LIMIT) {
      this.#packets.shift();
      strays += 1;
    }
    return { taken: [], strays };
  }

  /** The SSRC is no longer the present one. */
  leave(ssrc: number): void {
    this.#left.push(ssrc);
    if (this.#left.length > LEFT_LIMIT) this.#left.shift();
  }

  /** Gives the candidate up; how many packets that were. */
  drop(): number {
    const count = this.#packets.length;
    this.#packets = [];
    return count;
  }
}
