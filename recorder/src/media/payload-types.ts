// What each RTP payload type of one call means, by its negotiation (RFC 3551, 3389, 4733).
import type { MediaNegotiation } from "../ports/index.ts";

/** Codes of the table: one byte a payload type, looked up for every packet. */
export const PAYLOAD_UNKNOWN = 0;
export const PAYLOAD_PCMU = 1;
export const PAYLOAD_PCMA = 2;
/** Telephone-event and comfort noise: never written as audio. */
export const PAYLOAD_SILENT = 3;

export class PayloadTypes {
  readonly #kinds = new Uint8Array(128);

  /**
   * A re-offer adds and redefines; what it leaves out may still be on its way and keeps its
   * meaning.
   */
  negotiate(types: MediaNegotiation["payloadTypes"]): void {
    this.#set(types.comfortNoise, PAYLOAD_SILENT);
    this.#set(types.telephoneEvent, PAYLOAD_SILENT);
    this.#set(types.pcma, PAYLOAD_PCMA);
    this.#set(types.pcmu, PAYLOAD_PCMU);
  }

  kindOf(payloadType: number): number {
    return this.#kinds[payloadType] ?? PAYLOAD_UNKNOWN;
  }

  #set(payloadType: number | null, kind: number): void {
    // Beyond the table there is nothing to set.
    if (payloadType !== null) this.#kinds[payloadType] = kind;
  }
}
