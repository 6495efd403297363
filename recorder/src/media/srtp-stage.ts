// Between the queue of a recording's packets and its stream: takes SRTP off, if the call has it.
// What does not authenticate, or was heard before, goes no further. Stage without I/O.
import type { MediaNegotiation, SrtpTerms } from "../ports/index.ts";
import { makeRtpHeader, readRtpHeader, type RtpHeader } from "../rtp/packet.ts";
import { SrtpReceiver } from "../rtp/srtp.ts";
import type { PacketArrival, PacketTaker } from "./packet-queue.ts";

export interface SrtpStageDelegate {
  /** A packet that no key of the call fits, or one that is repeated. */
  onRefused(reason: "unauthentic" | "replayed"): void;
}

export class SrtpStage implements PacketTaker {
  readonly #taker: PacketTaker;
  readonly #delegate: SrtpStageDelegate;
  #terms: SrtpTerms | null = null;
  #receiver: SrtpReceiver | null = null;
  /** Of the key before the last re-INVITE: what was sent under it may still be on its way. */
  #former: SrtpReceiver | null = null;
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
    this.#receiver =
      srtp === null ? null : new SrtpReceiver(srtp.suite, Buffer.from(srtp.masterKey, "base64"));
  }

  onPacket(data: Uint8Array, header: RtpHeader, from: PacketArrival): void {
    if (this.#receiver === null) {
      this.#taker.onPacket(data, header, from);
      return;
    }
    const packet = this.#unprotect(this.#receiver, data, from.nowMs);
    if (packet === null) return;
    // Padding is encrypted too: only now it can be told where the payload ends.
    if (readRtpHeader(packet, this.#header) !== null) return;
    this.#taker.onPacket(packet, this.#header, from);
  }

  #unprotect(receiver: SrtpReceiver, data: Uint8Array, nowMs: number): Uint8Array | null {
    let verdict = receiver.unprotect(data, nowMs);
    if (verdict.kind === "unauthentic" && this.#former !== null) {
      verdict = this.#former.unprotect(data, nowMs);
    }
    if (verdict.kind === "rtp") return verdict.packet;
    this.#delegate.onRefused(verdict.kind);
    return null;
  }
}
