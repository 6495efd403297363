// The place of each packet of a recording's present SSRC: by sequence number, timestamp and arrival
// to the sample at which it stands (design.md §5, "Timeline"; RFC 3550 A.1). What number or
// timestamp alone would put far off waits for the next packet, which confirms or refutes it.
// Stage: it owns its state, does no I/O, and time comes with each call.
import type { GapCause, JournalLine } from "../audio/journal-lines.ts";
import type { Address } from "../ports/index.ts";
import {
  isConfirmedBy,
  type JumpOnProbation,
  OVERTAKING_PACKETS,
  OVERTAKING_SAMPLES,
  PROBATION_MS,
  provenTimestamp,
  refutesLeap,
  refutesNumber,
} from "../rtp/jump-probation.ts";
import type { RtpHeader } from "../rtp/packet.ts";
import { RtpSource } from "../rtp/rtp-source.ts";
import { numbersBetween } from "../rtp/sequence.ts";
import type { Timeline, TimelineAnchor } from "../rtp/timeline.ts";
import { heldPacket, muLawOf } from "./held-packets.ts";
import { PacketNumbers } from "./packet-numbers.ts";
import { type HeldPacket, isSameAddress } from "./packet-router.ts";
import { PAYLOAD_PCMA, PAYLOAD_PCMU, PAYLOAD_UNKNOWN, type PayloadTypes } from "./payload-types.ts";
import type { RecordedAudio } from "./recorded-audio.ts";
import type { StreamStatistics } from "./stream-statistics.ts";

/** The first packet of a source, SSRC or timestamp base. */
export interface MediaStart {
  readonly source: Address;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly sample: number;
  readonly rtpTimestamp: number;
  readonly rtpSequence: number;
  readonly arrivalMs: number;
}

/** What a journal tells of the process before. */
export interface StreamRestoration {
  readonly samples: number;
  readonly anchor: TimelineAnchor | null;
  readonly ssrc: number | null;
  /** Of the anchor's packet; null = the journal does not tell, or no clock stands by it. */
  readonly sequence: number | null;
  readonly lines: readonly JournalLine[];
}

export interface PlacementDelegate {
  onMedia(start: MediaStart): void;
  /** A packet that is newer than all before. */
  onPresent(): void;
  /** A packet that was kept comes again. */
  replay(packet: HeldPacket): void;
}

/** What placement works on, shared with its stream. */
export interface PlacementParts {
  readonly timeline: Timeline;
  readonly audio: RecordedAudio;
  readonly statistics: StreamStatistics;
  readonly payloadTypes: PayloadTypes;
}

/** A packet whose timestamp the next one must confirm. */
interface HeldJump extends JumpOnProbation {
  readonly packet: HeldPacket;
  readonly header: RtpHeader;
}

export class PacketPlacement {
  /** When the first packet of an SSRC that takes over would have come, had nothing overtaken it. */
  soonestMs = Number.POSITIVE_INFINITY;
  readonly #timeline: Timeline;
  readonly #audio: RecordedAudio;
  readonly #statistics: StreamStatistics;
  readonly #payloadTypes: PayloadTypes;
  readonly #numbers: PacketNumbers;
  readonly #delegate: PlacementDelegate;
  #current: RtpSource | null = null;
  /** Of the SSRC before. */
  #jitterBefore = 0;
  /** Far off in sequence: kept until the next packet proves or refutes it. */
  #suspect: HeldPacket | null = null;
  /** Far off in its timestamp: likewise. */
  #jump: HeldJump | null = null;
  #source: Address | null = null;
  #restoredSsrc: number | null = null;
  #restoredSequence: number | null = null;
  #restoredHeldSamples = 0;
  #isRestored = false;
  #expectsMedia = true;
  #wasHeld = false;
  /** Reused from packet to packet. */
  readonly #packet = { timestamp: 0, samples: 0, arrivalMs: 0 };
  readonly #continuity = { missingPackets: 0, wasHeld: false };
  readonly #hole: { cause: GapCause; nowMs: number; missingSamples: number } = {
    cause: "loss",
    nowMs: 0,
    missingSamples: 0,
  };

  constructor(parts: PlacementParts, delegate: PlacementDelegate) {
    this.#timeline = parts.timeline;
    this.#audio = parts.audio;
    this.#statistics = parts.statistics;
    this.#payloadTypes = parts.payloadTypes;
    this.#numbers = new PacketNumbers(parts.timeline);
    this.#delegate = delegate;
  }

  /** The present SSRC; null = the first packets are not in order yet. */
  get current(): RtpSource | null {
    return this.#current;
  }

  /** Where its packets come from. */
  get source(): Address | null {
    return this.#source;
  }

  /** Whether the SDP lets audio come. */
  expectMedia(expectsMedia: boolean): void {
    this.#expectsMedia = expectsMedia;
    this.#wasHeld ||= !expectsMedia;
  }

  restore(restoration: StreamRestoration): void {
    this.#isRestored = restoration.anchor !== null;
    this.#restoredSsrc = restoration.ssrc;
    this.#restoredSequence = restoration.sequence;
    this.#restoredHeldSamples = heldSince(restoration.lines, restoration.anchor?.sample ?? 0);
  }

  /** Another SSRC is the present one from now on. */
  begin(ssrc: number): void {
    this.#jitterBefore = this.#current?.jitter.units ?? 0;
    this.#current = new RtpSource(ssrc);
  }

  /** A packet of the present SSRC. */
  process(data: Uint8Array, header: RtpHeader, from: { source: Address; nowMs: number }): void {
    const current = this.#current;
    if (current === null) return;
    const isFirstOfAll = current.sequence.received === 0;
    if (this.#jump !== null) this.#refuteLeap(this.#jump, header, current);
    const number = this.#numbers.read(header, current);
    const verdict = current.sequence.update(number);
    if (verdict === "duplicate") {
      if (!this.#placeNamesake(data, header, from)) this.#statistics.duplicate += 1;
      return;
    }
    if (verdict === "suspect") {
      if (this.#suspect !== null) this.#statistics.stray += 1;
      this.#suspect = heldPacket(data, header, from);
      return;
    }
    if (verdict === "ahead") {
      current.missingPackets += isFirstOfAll ? 0 : current.sequence.step - 1;
      this.#delegate.onPresent();
    }
    const kind = this.#payloadTypes.kindOf(header.payloadType);
    const samples = header.payloadEnd - header.payloadStart;
    if ((kind !== PAYLOAD_PCMU && kind !== PAYLOAD_PCMA) || samples === 0) {
      if (kind === PAYLOAD_UNKNOWN) this.#statistics.stray += 1;
      current.otherPackets += 1;
      return;
    }
    if (this.#jump !== null && verdict !== "behind") {
      const { timestamp } = header;
      const { missingPackets } = current;
      this.#settleJump(verdict === "restart" ? null : { timestamp, samples, missingPackets });
    } else if (this.#jump !== null && refutesNumber(header.timestamp, this.#jump)) {
      this.#placeUnnumbered(this.#jump);
    }
    this.#setPacket(header.timestamp, samples, from.nowMs);
    if (verdict === "ahead" && current.isPlaced) {
      const jump = this.#timeline.jumpOf(this.#packet, current);
      current.otherPackets = 0;
      if (jump !== 0) return this.#holdJump(jump, heldPacket(data, header, from), header);
    }
    // "in order of arrival (not necessarily in sequence)": overtaken ones are jitter, too.  §6.4.1
    current.jitter.update(header.timestamp, from.nowMs);
    if (verdict === "behind") return this.#putBehind(data, header, { nowMs: from.nowMs, number });
    this.#placeAhead(header, from, verdict === "restart");
    this.#putPayload(data, header, from.nowMs);
    if (verdict === "restart") this.#replaySuspect();
  }

  /**
   * One that was overtaken stands among those that are there; far ahead of them, its timestamp is
   * wrong. Where its number was overtaken by one with a bit error, it may be the newest, too.
   */
  #putBehind(
    data: Uint8Array,
    header: RtpHeader,
    { nowMs, number }: { readonly nowMs: number; readonly number: number | null },
  ): void {
    if (this.#current?.isPlaced !== true) return;
    if (number === null) this.#timeline.placeBehind(this.#packet);
    else this.#placeBehind(number);
    const { sample } = this.#timeline;
    const isNext = sample === this.#audio.end;
    if (sample > this.#audio.end + OVERTAKING_SAMPLES) {
      this.#statistics.stray += 1;
      return;
    }
    this.#putPayload(data, header, nowMs);
    if (isNext) this.#timeline.advance(sample + this.#packet.samples);
  }

  /**
   * A packet whose number one with a bit error had taken: by its timestamp it stands where nothing
   * is, which no duplicate does. True = it was one of those.
   */
  #placeNamesake(
    data: Uint8Array,
    header: RtpHeader,
    from: { readonly source: Address; readonly nowMs: number },
  ): boolean {
    const kind = this.#payloadTypes.kindOf(header.payloadType);
    const samples = header.payloadEnd - header.payloadStart;
    if ((kind !== PAYLOAD_PCMU && kind !== PAYLOAD_PCMA) || samples === 0) return false;
    if (this.#current?.isPlaced !== true) return false;
    const held = this.#jump;
    if (held?.packet.sequence === header.sequence) {
      return this.#placeForHeld(held, { data, header, from });
    }
    this.#setPacket(header.timestamp, samples, from.nowMs);
    this.#timeline.placeBehind(this.#packet);
    const { sample } = this.#timeline;
    const isWhole = Number.isInteger(this.#timeline.stepsTo(header.timestamp, samples));
    if (!isWhole || !this.#audio.isVacant(sample, samples)) return false;
    this.#putPayload(data, header, from.nowMs);
    this.#timeline.advance(sample + samples);
    return true;
  }

  /** Its timestamp is that of the number which one on probation has, too: the other's is wrong. */
  #placeForHeld(
    held: HeldJump,
    one: {
      readonly data: Uint8Array;
      readonly header: RtpHeader;
      readonly from: { readonly source: Address; readonly nowMs: number };
    },
  ): boolean {
    const { data, header, from } = one;
    const isByNumber = ((header.timestamp + held.jump - held.timestamp) | 0) === 0;
    if (this.#current === null || !isByNumber) return false;
    this.#current.missingPackets = held.missingPackets;
    this.#setPacket(header.timestamp, held.samples, from.nowMs);
    this.#placeAhead(header, from, false);
    this.#putPayload(data, header, from.nowMs);
    this.#placeUnnumbered(held);
    return true;
  }

  /** `#packet` gets its place: the newest of all. */
  #placeAhead(
    header: RtpHeader,
    from: { readonly source: Address; readonly nowMs: number },
    isRestart: boolean,
  ): void {
    const current = this.#current;
    if (current === null) return;
    if (current.isPlaced) this.#placeNext(current, isRestart);
    else this.#placeFirst(current);
    this.#numbers.advance(current, this.#timeline.isRebased || isRestart);
    if (this.#timeline.isRebased || !this.#isPresentSource(from.source)) this.#tell(header, from);
  }

  /** `#packet` gets its place: others overtook it. */
  #placeBehind(number: number): void {
    const { timestamp, samples, arrivalMs } = this.#packet;
    const held = this.#jump;
    if (held !== null) {
      const numbersBefore = numbersBetween(number, held.header.sequence);
      const isEarlier = numbersBefore > 0 && this.#numbers.aheadOfNewest(number) > 0;
      if (isEarlier && isConfirmedBy(held, { timestamp, samples, numbersBefore })) {
        this.#placeJump(held, { timestamp: held.timestamp, isConfirmed: true });
        this.#setPacket(timestamp, samples, arrivalMs);
      }
    }
    this.#timeline.placeBehind(this.#packet, {
      numbersAhead: this.#numbers.aheadOfNewest(number),
      isBeforeBase: this.#numbers.isBeforeBase(number),
    });
  }

  #putPayload(data: Uint8Array, header: RtpHeader, nowMs: number): void {
    const isPcma = this.#payloadTypes.kindOf(header.payloadType) === PAYLOAD_PCMA;
    this.put(this.#timeline.sample, muLawOf(data, header, isPcma), nowMs);
  }

  /** It was the first packet of what has now been confirmed: its place is in the hole before. */
  #replaySuspect(): void {
    const suspect = this.#suspect;
    this.#suspect = null;
    if (suspect !== null) this.#delegate.replay(suspect);
  }

  /** It waits for the next packet. */
  #holdJump(jump: number, packet: HeldPacket, header: RtpHeader): void {
    const { timestamp, samples } = this.#packet;
    const missingPackets = this.#current?.missingPackets ?? 0;
    this.#jump = { timestamp, samples, missingPackets, jump, packet, header: { ...header } };
    if (this.#current !== null) this.#current.missingPackets = 0;
  }

  /** Neither number nor timestamp of the one that waits was right: it is none of this stream. */
  #refuteLeap(held: HeldJump, header: RtpHeader, current: RtpSource): void {
    const byNumber = this.#numbers.aheadOfNewest(header.sequence);
    const byTimestamp = this.#timeline.stepsTo(header.timestamp, held.samples);
    if (!refutesLeap({ byNumber, byTimestamp }, held)) return;
    this.#jump = null;
    this.#statistics.stray += 1;
    current.missingPackets = held.missingPackets - (current.sequence.step - 1);
    current.sequence.takeBack();
  }

  /** Who waits for the next packet waits no longer. */
  settle(): void {
    this.#settleJump(null);
  }

  /** Call at least every 250 ms. */
  commit(nowMs: number): void {
    if (this.#jump !== null && nowMs - this.#jump.packet.arrivalMs >= PROBATION_MS) this.settle();
  }

  /** No packet comes any more. */
  close(): void {
    this.#statistics.stray += this.#suspect === null ? 0 : 1;
    this.#suspect = null;
  }

  /** The one that waits is placed, by its timestamp or by its sequence number. */
  #settleJump(next: Omit<JumpOnProbation, "jump"> | null): void {
    const held = this.#jump;
    if (held === null) return;
    const timestamp = provenTimestamp(held, next);
    this.#placeJump(held, {
      timestamp,
      isConfirmed: next !== null && timestamp === held.timestamp,
    });
  }

  /** `isConfirmed`: another packet is of its numbers and of its time. */
  #placeJump(
    held: HeldJump,
    { timestamp, isConfirmed }: { readonly timestamp: number; readonly isConfirmed: boolean },
  ): void {
    const current = this.#current;
    if (current === null) return;
    this.#jump = null;
    const { packet, samples } = held;
    const header = { ...held.header, timestamp };
    this.#setPacket(header.timestamp, samples, packet.arrivalMs);
    const isLeap = held.missingPackets > OVERTAKING_PACKETS && !isConfirmed;
    if (isLeap && this.#timeline.isFuture(this.#packet)) {
      // Neither its number nor its timestamp can be right.
      this.#statistics.stray += 1;
      return;
    }
    const missingAfter = current.missingPackets;
    current.missingPackets = held.missingPackets;
    this.#setPacket(header.timestamp, samples, packet.arrivalMs);
    current.jitter.update(header.timestamp, packet.arrivalMs);
    this.#placeAhead(header, { source: packet.source, nowMs: packet.arrivalMs }, false);
    this.#putPayload(packet.data, header, packet.arrivalMs);
    current.missingPackets = missingAfter;
  }

  /** Its timestamp is right and its number wrong: it moves nothing. */
  #placeUnnumbered({ packet, header, samples }: HeldJump): void {
    this.#jump = null;
    this.#setPacket(header.timestamp, samples, packet.arrivalMs);
    this.#putBehind(packet.data, header, { nowMs: packet.arrivalMs, number: null });
  }

  #isPresentSource(source: Address): boolean {
    return source === this.#source || isSameAddress(source, this.#source);
  }

  #setPacket(timestamp: number, samples: number, arrivalMs: number): void {
    this.#packet.timestamp = timestamp;
    this.#packet.samples = samples;
    this.#packet.arrivalMs = arrivalMs;
  }

  #placeFirst(current: RtpSource): void {
    current.isPlaced = true;
    current.missingPackets = 0;
    if (this.#isRestored) {
      this.#isRestored = false;
      this.#placeAfterRestart(current);
    } else if (this.#timeline.hasBegun) {
      const jitter = this.#jitterBefore;
      this.#packet.arrivalMs = Math.min(this.#packet.arrivalMs, this.soonestMs);
      this.#timeline.placeByArrival(this.#packet, this.#wasHeld ? "hold" : "ssrc", jitter);
    } else {
      this.#timeline.begin(this.#packet);
    }
    this.#wasHeld = !this.#expectsMedia;
  }

  #placeAfterRestart(current: RtpSource): void {
    const isSameSsrc = current.ssrc === this.#restoredSsrc;
    const before = this.#restoredSequence;
    const now = current.sequence.extendedMaximum;
    const heldSamples = this.#restoredHeldSamples;
    const isNumbered = isSameSsrc && before !== null;
    const numbered = isNumbered ? { sequenceStep: (now - before) & 0xffff, heldSamples } : null;
    this.#timeline.placeAfterRestart(this.#packet, isSameSsrc, numbered);
  }

  #placeNext(current: RtpSource, isRestart: boolean): void {
    const jitter = current.jitter.units;
    if (isRestart) {
      this.#timeline.placeRestart(this.#packet, this.#wasHeld ? "hold" : "loss", jitter);
    } else {
      this.#continuity.missingPackets = current.missingPackets;
      this.#continuity.wasHeld = this.#wasHeld;
      this.#timeline.placeNext(this.#packet, this.#continuity, jitter);
    }
    current.missingPackets = 0;
    this.#wasHeld = !this.#expectsMedia;
  }

  /** Audio at its sample; what came too late is counted. */
  put(sample: number, bytes: Uint8Array, nowMs: number): void {
    this.#hole.cause = this.#timeline.cause;
    this.#hole.nowMs = nowMs;
    this.#hole.missingSamples = this.#timeline.missingSamples;
    if (!this.#audio.put(sample, bytes, this.#hole)) this.#statistics.late += 1;
  }

  /** Tells of a first packet, and keeps the anchor of its base. */
  #tell(header: RtpHeader, from: { source: Address; nowMs: number }): void {
    this.#source = from.source;
    this.#delegate.onMedia({
      source: from.source,
      ssrc: header.ssrc,
      payloadType: header.payloadType,
      sample: this.#timeline.sample,
      rtpTimestamp: header.timestamp,
      rtpSequence: header.sequence,
      arrivalMs: from.nowMs,
    });
  }
}

/** What the journal tells of holds behind a sample. */
function heldSince(lines: readonly JournalLine[], fromSample: number): number {
  return lines.reduce((sum, line) => {
    const isHold = line.type === "gap" && line.cause === "hold" && line.fromSample >= fromSample;
    return isHold ? sum + line.samples : sum;
  }, 0);
}
