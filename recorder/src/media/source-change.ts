// When a new SSRC on a call's own source takes over from the present one: on two consecutive
// sequence numbers with nothing of the present one between (RFC 3550 A.1, probation), and 100 ms
// after its first packet, as at the start of a call: what was overtaken begins it. An SSRC that was
// left before comes back only after a second of silence, so that two senders behind one pair cannot
// toss the recording to and fro. Stage: no I/O, time comes with the packets.
import { inOrder } from "./held-order.ts";
import type { HeldPacket } from "./packet-router.ts";
import { START_HOLD_MS } from "./start-hold.ts";

/** Packets of a candidate that are kept until it is confirmed. */
const CANDIDATE_PACKETS_LIMIT = 16;
const RETURN_SILENCE_MS = 1000;
/** SSRCs remembered as left. */
const LEFT_LIMIT = 16;

export class SourceChange {
  #packets: HeldPacket[] = [];
  #isContested = false;
  #isConfirmed = false;
  readonly #left: number[] = [];

  /** The SSRC that takes over as soon as its first packets are in order. */
  get next(): number | undefined {
    return this.#isConfirmed ? this.#packets[0]?.ssrc : undefined;
  }

  /** A packet of the present SSRC came, newer than all before. */
  onPresent(): void {
    if (this.#packets.length > 0) this.#isContested = true;
  }

  /** A packet of another SSRC; how many packets were given up for it. */
  push(packet: HeldPacket, presentSilentMs: number): number {
    if (this.#left.includes(packet.ssrc) && presentSilentMs < RETURN_SILENCE_MS) return 1;
    const isAnother = this.#packets[0] !== undefined && this.#packets[0].ssrc !== packet.ssrc;
    const strays = isAnother ? this.drop() : 0;
    const before = this.#packets.at(-1);
    this.#packets.push(packet);
    const isNext = before !== undefined && ((before.sequence + 1) & 0xffff) === packet.sequence;
    this.#isConfirmed ||= isNext && !this.#isContested;
    this.#isContested = false;
    if (this.#isConfirmed || this.#packets.length <= CANDIDATE_PACKETS_LIMIT) return strays;
    this.#packets.shift();
    return strays + 1;
  }

  /** It takes over now. */
  isDue(nowMs: number): boolean {
    const first = this.#packets[0];
    if (!this.#isConfirmed || first === undefined) return false;
    return (
      this.#packets.length >= CANDIDATE_PACKETS_LIMIT || nowMs - first.arrivalMs >= START_HOLD_MS
    );
  }

  /** All packets of the SSRC that takes over, in the order of their numbers. */
  take(): readonly HeldPacket[] {
    const packets = inOrder(this.#packets);
    this.#forget();
    return packets;
  }

  /** The SSRC is no longer the present one. */
  leave(ssrc: number): void {
    this.#left.push(ssrc);
    if (this.#left.length > LEFT_LIMIT) this.#left.shift();
  }

  /** Gives the candidate up; how many packets that were. */
  drop(): number {
    const count = this.#packets.length;
    this.#forget();
    return count;
  }

  #forget(): void {
    this.#packets = [];
    this.#isConfirmed = false;
  }
}
