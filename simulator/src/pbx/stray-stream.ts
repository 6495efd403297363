// A foreign RTP stream at the recorder's port: noise of an SSRC of its own, from a socket of its
// own, that belongs to no call. Used by rtp-sender.ts.
import { RTP_HEADER_BYTES, writeRtpHeader } from "../wire/rtp.ts";
import { FRAME_SAMPLES } from "./frame-tag.ts";
import type { PbxChance } from "./pbx-chance.ts";

export class StrayStream {
  readonly #chance: PbxChance;
  readonly #ssrc: number;
  #sequence: number;
  #timestamp: number;

  constructor(chance: PbxChance, ownSsrc: number) {
    this.#chance = chance;
    this.#ssrc = (ownSsrc ^ 0x5a5a5a5a) >>> 0;
    this.#sequence = chance.below(0x10000);
    this.#timestamp = chance.uint32();
  }

  /** The next packet. */
  packet(): Uint8Array {
    const packet = new Uint8Array(RTP_HEADER_BYTES + FRAME_SAMPLES);
    for (let at = RTP_HEADER_BYTES; at < packet.length; at += 1) packet[at] = this.#chance.uint32();
    writeRtpHeader(packet, {
      marker: false,
      payloadType: 0,
      ssrc: this.#ssrc,
      sequence: this.#sequence,
      timestamp: this.#timestamp,
    });
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
    return packet;
  }
}
