// Between the queue of a recording's packets and its stream: takes SRTP off, if the call has it.
// What does not authenticate, or was heard before, goes no further. Packets under a new key may
// overtake the message that tells it: what no key fits waits for a moment. Stage without I/O.
import type { Address, MediaNegotiation, SrtpTerms } from "../ports/index.ts";
import { makeRtpHeader, readRtpHeader, type RtpHeader } from "../rtp/packet.ts";
import { SrtpReceiver } from "../rtp/srtp.ts";
import type { PacketArrival, PacketTaker } from "./packet-queue.ts";

/** Packets that wait for their key; the oldest goes. */
export const KEYLESS_PACKETS_LIMIT = 64;
/** So long they wait. */
export const KEYLESS_MS = 500;

export interface SrtpStageDelegate {
  /** A packet that no key of the call fits, or one that is repeated. */
  onRefused(reason: "unauthentic" | "replayed"): void;
}

interface KeylessPacket {
  readonly data: Uint8Array;
  readonly source: Address;
  readonly nowMs: number;
}

export class SrtpStage implements PacketTaker {
  readonly #taker: PacketTaker;
  readonly #delegate: SrtpStageDelegate;
  #terms: SrtpTerms | null = null;
  #receiver: SrtpReceiver | null = null;
  /** Of the key before the last re-INVITE: what was sent under it may still be on its way. */
  #former: SrtpReceiver | null = null;
  #keyless: KeylessPacket[] = [];
  readonly #header = makeRtpHeader();

  constructor(taker: PacketTaker, negotiation: MediaNegotiation, delegate: SrtpStageDelegate) {
    this.#taker = taker;
    this.#delegate = delegate;
    this.negotiate(negotiation);
  }

  get hasBegun(): boolean {
    return this.#taker.hasBegun;
  }

  get isSecure(): boolean {
    return this.#receiver !== null;
  }

  negotiate({ srtp = null }: { readonly srtp?: SrtpTerms | null }): void {
    if (srtp?.suite === this.#terms?.suite && srtp?.masterKey === this.#terms?.masterKey) return;
    this.#terms = srtp;
    this.#former = this.#receiver;
    if (srtp === null) {
      // Nobody vouches for what came before: it is not taken for plain RTP.
      this.flush();
      this.#receiver = null;
      return;
    }
    this.#receiver = new SrtpReceiver(srtp.suite, Buffer.from(srtp.masterKey, "base64"));
    const waiting = this.#keyless;
    this.#keyless = [];
    for (const packet of waiting) this.#decrypt(this.#receiver, packet.data, packet);
  }

  onPacket(data: Uint8Array, header: RtpHeader, from: PacketArrival): void {
    if (this.#receiver === null) this.#taker.onPacket(data, header, from);
    else this.#decrypt(this.#receiver, data, from);
  }

  /** No key comes any more. */
  flush(): void {
    for (const _ of this.#keyless.splice(0)) this.#delegate.onRefused("unauthentic");
  }

  #decrypt(receiver: SrtpReceiver, data: Uint8Array, from: PacketArrival): void {
    let verdict = receiver.unprotect(data, from.nowMs);
    if (verdict.kind === "unauthentic" && this.#former !== null) {
      verdict = this.#former.unprotect(data, from.nowMs);
    }
    switch (verdict.kind) {
      case "unauthentic":
        return this.#keep(data, from);
      case "replayed":
        return this.#delegate.onRefused("replayed");
      case "rtp":
        // Padding is encrypted too: only now it can be told where the payload ends.
        if (readRtpHeader(verdict.packet, this.#header) !== null) return;
        this.#taker.onPacket(verdict.packet, this.#header, from);
    }
  }

  #keep(data: Uint8Array, { source, nowMs }: PacketArrival): void {
    const keyless = this.#keyless;
    keyless.push({ data: data.slice(), source, nowMs });
    while (keyless.length > KEYLESS_PACKETS_LIMIT || nowMs - keyless[0]!.nowMs > KEYLESS_MS) {
      keyless.shift();
      this.#delegate.onRefused("unauthentic");
    }
  }
}
