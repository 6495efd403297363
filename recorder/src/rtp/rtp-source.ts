// One RTP source (one SSRC) as its receiver knows it: sequence, jitter, sender reports, and what a
// receiver report says of it.  RFC 3550 §6.4, A.3, A.8
import { JitterMeter } from "./jitter.ts";
import { delayUnits, middleOfNtp, type ReportBlock } from "./rtcp.ts";
import { SequenceTracker } from "./sequence.ts";

export class RtpSource {
  readonly ssrc: number;
  readonly sequence = new SequenceTracker();
  readonly jitter = new JitterMeter();
  /** Numbers that never came since the newest audio packet; other payloads may lie between. */
  missingPackets = 0;
  /** Packets of other payloads that came since. */
  otherPackets = 0;
  /** Its first audio packet has its place in the timeline. */
  isPlaced = false;
  #lastSenderReport = 0;
  #lastSenderReportMs = 0;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  onSenderReport(ntp: { seconds: number; fraction: number }, arrivalMs: number): void {
    this.#lastSenderReport = middleOfNtp(ntp.seconds, ntp.fraction);
    this.#lastSenderReportMs = arrivalMs;
  }

  /** Takes the loss since the report before. */
  takeReportBlock(nowMs: number): ReportBlock {
    const isKnown = this.#lastSenderReport !== 0;
    return {
      ssrc: this.ssrc,
      fractionLost: this.sequence.takeFractionLost(),
      packetsLost: this.sequence.expected - this.sequence.received,
      highestSequence: this.sequence.extendedMaximum,
      jitter: this.jitter.units,
      // "If no SR packet has been received from SSRC_n yet, the field is set to zero."  §6.4.1
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport: isKnown ? delayUnits(nowMs - this.#lastSenderReportMs) : 0,
    };
  }
}
