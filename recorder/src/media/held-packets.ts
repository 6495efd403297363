// RTP packets that are kept for a moment, and the µ-law that packets hold. Pure.
import { ALAW_TO_ULAW, SAMPLES_PER_MS } from "../audio/g711.ts";
import type { Address } from "../ports/index.ts";
import { makeRtpHeader, readRtpHeader, RTP_PACKET_LIMIT_BYTES } from "../rtp/packet.ts";
import type { RtpHeader } from "../rtp/packet.ts";
import type { HeldPacket } from "./packet-router.ts";
import { START_HOLD_MS } from "./start-hold.ts";

/** A copy, since `data` is ours to read only until the packet has been handled. */
export function heldPacket(
  data: Uint8Array,
  header: RtpHeader,
  from: { readonly source: Address; readonly nowMs: number },
): HeldPacket {
  const { ssrc, sequence } = header;
  return { data: data.slice(), source: from.source, arrivalMs: from.nowMs, ssrc, sequence };
}

/** When the first of them would have come, had it been as quick as the quickest of them. */
export function soonestMs(packets: readonly HeldPacket[]): number {
  const header = makeRtpHeader();
  let [firstTimestamp, soonest] = [0, Number.POSITIVE_INFINITY];
  for (const [index, { data, arrivalMs }] of packets.entries()) {
    if (readRtpHeader(data, header) !== null) continue;
    if (index === 0) firstTimestamp = header.timestamp;
    const laterMs = ((header.timestamp - firstTimestamp) | 0) / SAMPLES_PER_MS;
    // One with a bit error tells nothing.
    const isNear = laterMs >= 0 && laterMs <= START_HOLD_MS;
    if (isNear) soonest = Math.min(soonest, arrivalMs - laterMs);
  }
  return soonest;
}

/** In place, or PCMA made PCMU; ours until the next packet comes. */
export function muLawOf(data: Uint8Array, header: RtpHeader, isPcma: boolean): Uint8Array {
  if (isPcma) return transcoded(data, header);
  return data.subarray(header.payloadStart, header.payloadEnd);
}

/** Shared by all streams of a thread: its content lives until the next packet. */
const TRANSCODED = new Uint8Array(RTP_PACKET_LIMIT_BYTES);

function transcoded(data: Uint8Array, header: RtpHeader): Uint8Array {
  const samples = header.payloadEnd - header.payloadStart;
  for (let index = 0; index < samples; index += 1) {
    TRANSCODED[index] = ALAW_TO_ULAW[data[header.payloadStart + index]!]!;
  }
  return TRANSCODED.subarray(0, samples);
}
