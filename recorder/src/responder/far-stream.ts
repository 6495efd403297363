// One RTP stream as the responder hears it: what was lost on the way there, in which bursts, its
// jitter, and how long packets took by both clocks. The asking side knows the offset between them.
// RFC 3550 §6.4.1; a stage: time comes with each packet.
import { readRtpHeader, makeRtpHeader } from "../rtp/packet.ts";
import type { RtcpPacket } from "../rtp/rtcp.ts";
import { RtpSource } from "../rtp/rtp-source.ts";

const SAMPLES_PER_MS = 8;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** As it is told: milliseconds and counts. */
export interface FarStreamReport {
  readonly ssrc: number;
  /** Address and port from which it came. */
  readonly source: string;
  readonly received: number;
  readonly expected: number;
  readonly lost: number;
  readonly duplicate: number;
  readonly outOfOrder: number;
  /** Runs of lost packets, and the longest. */
  readonly lossRuns: number;
  readonly longestRun: number;
  readonly jitterMs: number;
  /**
   * Arrival by our clock less sending by the sender's (from its last sender report); null without
   * one. The offset between the clocks is still in it.
   */
  readonly transitMs: {
    readonly minimum: number;
    readonly mean: number;
    readonly maximum: number;
  } | null;
}

export class FarStream {
  readonly source: RtpSource;
  readonly #from: string;
  readonly #header = makeRtpHeader();
  #duplicate = 0;
  #outOfOrder = 0;
  #lossRuns = 0;
  #longestRun = 0;
  #lastSequence = -1;
  /** An RTP timestamp and the sender's clock at that time, by its last report. */
  #reference: { readonly timestamp: number; readonly sentMs: number } | null = null;
  #transitCount = 0;
  #transitSum = 0;
  #transitMinimum = Infinity;
  #transitMaximum = -Infinity;

  constructor(ssrc: number, from: string) {
    this.source = new RtpSource(ssrc);
    this.#from = from;
  }

  onPacket(data: Uint8Array, at: { readonly nowMs: number; readonly wallMs: number }): void {
    if (readRtpHeader(data, this.#header) !== null) return;
    const { sequence, timestamp } = this.#header;
    const verdict = this.source.sequence.update(sequence);
    if (verdict === "duplicate") {
      this.#duplicate += 1;
      return;
    }
    if (verdict === "behind") this.#outOfOrder += 1;
    if (verdict === "ahead") this.#noteRun(sequence);
    this.source.jitter.update(timestamp, at.nowMs);
    this.#noteTransit(timestamp, at.wallMs);
  }

  onSenderReport(report: Extract<RtcpPacket, { type: "senderReport" }>, arrivalMs: number): void {
    const { ntpSeconds, ntpFraction, rtpTimestamp } = report;
    this.source.onSenderReport({ seconds: ntpSeconds, fraction: ntpFraction }, arrivalMs);
    const sentMs = (ntpSeconds - NTP_EPOCH_SECONDS) * 1000 + (ntpFraction / 2 ** 32) * 1000;
    this.#reference = { timestamp: rtpTimestamp, sentMs };
  }

  report(): FarStreamReport {
    const { sequence, jitter, ssrc } = this.source;
    return {
      ...{ ssrc, source: this.#from },
      ...{ received: sequence.received, expected: sequence.expected, lost: sequence.lost },
      ...{ duplicate: this.#duplicate, outOfOrder: this.#outOfOrder },
      ...{ lossRuns: this.#lossRuns, longestRun: this.#longestRun, jitterMs: jitter.ms },
      transitMs:
        this.#transitCount === 0
          ? null
          : {
              minimum: this.#transitMinimum,
              mean: this.#transitSum / this.#transitCount,
              maximum: this.#transitMaximum,
            },
    };
  }

  #noteRun(sequence: number): void {
    const missing = this.#lastSequence < 0 ? 0 : ((sequence - this.#lastSequence) & 0xffff) - 1;
    this.#lastSequence = sequence;
    if (missing <= 0) return;
    this.#lossRuns += 1;
    this.#longestRun = Math.max(this.#longestRun, missing);
  }

  #noteTransit(timestamp: number, wallMs: number): void {
    if (this.#reference === null) return;
    // Timestamps wrap at 32 bits: the difference is what counts.
    const sinceMs = ((timestamp - this.#reference.timestamp) | 0) / SAMPLES_PER_MS;
    const transitMs = wallMs - (this.#reference.sentMs + sinceMs);
    this.#transitCount += 1;
    this.#transitSum += transitMs;
    this.#transitMinimum = Math.min(this.#transitMinimum, transitMs);
    this.#transitMaximum = Math.max(this.#transitMaximum, transitMs);
  }
}
