// The first packets of a recording, put in order before sample 0 is fixed: the earliest of the
// first 100 ms becomes sample 0, also when another overtook it. Stage: time comes with the packets.
import { inOrder } from "./held-order.ts";
import { type HeldPacket, isSameAddress } from "./packet-router.ts";

export const START_HOLD_MS = 100;
const START_HOLD_PACKETS_LIMIT = 64;

export class StartHold {
  #packets: HeldPacket[] = [];

  get isEmpty(): boolean {
    return this.#packets.length === 0;
  }

  /** The SSRC that the recording will begin with. */
  get ssrc(): number | undefined {
    return this.#packets[0]?.ssrc;
  }

  /** Returns how many packets of another source this one has replaced. */
  push(packet: HeldPacket): number {
    const first = this.#packets[0];
    const hasMoved = first !== undefined && !isSameAddress(first.source, packet.source);
    // A guess at the source was taken back: what it brought was never this call's.
    const replaced = hasMoved ? this.#packets.length : 0;
    if (hasMoved) this.#packets = [];
    this.#packets.push(packet);
    return replaced;
  }

  isDue(nowMs: number): boolean {
    const first = this.#packets[0];
    if (first === undefined) return false;
    const isFull = this.#packets.length >= START_HOLD_PACKETS_LIMIT;
    return isFull || nowMs - first.arrivalMs >= START_HOLD_MS;
  }

  /** All packets: those of the first SSRC by sequence number, then the others as they came. */
  take(): readonly HeldPacket[] {
    const packets = this.#packets;
    this.#packets = [];
    const ssrc = packets[0]?.ssrc;
    const own = inOrder(packets.filter((packet) => packet.ssrc === ssrc));
    return [...own, ...packets.filter((packet) => packet.ssrc !== ssrc)];
  }
}
