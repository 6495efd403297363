// One recording's way of audio: packet → sequence → timeline → pause gate → reorder window →
// writer and listeners (design.md §5, "Timeline", "Pause"). The hot path is `onPacket`: no await,
// no log, no JSON. Stage: it owns its state, does no I/O, and time comes with each call.
import { ALAW_TO_ULAW, SAMPLES_PER_MS } from "../audio/g711.ts";
import type { GapCause, JournalLine } from "../audio/journal-lines.ts";
import type { Address, MediaNegotiation, RecordingStatistics } from "../ports/index.ts";
import { makeRtpHeader, readRtpHeader, RTP_PACKET_LIMIT_BYTES } from "../rtp/packet.ts";
import type { RtpHeader } from "../rtp/packet.ts";
import {
  isConfirmedBy,
  type JumpOnProbation,
  OVERTAKING_PACKETS,
  OVERTAKING_SAMPLES,
  PROBATION_MS,
  provenTimestamp,
  refutesNumber,
} from "../rtp/jump-probation.ts";
import { ReorderWindow } from "../rtp/reorder.ts";
import { RtpSource } from "../rtp/rtp-source.ts";
import { Timeline, type TimelineAnchor } from "../rtp/timeline.ts";
import { type Gap, GapLog } from "./gap-log.ts";
import type { HeldPacket } from "./packet-router.ts";
import { PauseGate } from "./pause-gate.ts";
import { PAYLOAD_PCMA, PAYLOAD_PCMU, PAYLOAD_UNKNOWN, PayloadTypes } from "./payload-types.ts";
import { START_HOLD_MS, StartHold } from "./start-hold.ts";
import { SourceChange } from "./source-change.ts";
import { StreamStatistics } from "./stream-statistics.ts";

/** A tail shorter than this is left as the sender left it. */
export const TAIL_LIMIT_MS = 200;
/** After so much silence the file follows the clock … */
export const HOLD_FILL_AFTER_MS = 10_000;
/** … this far behind it, so that packets that were only slow still find their place. */
export const HOLD_FILL_LAG_MS = 5000;
/** Packets of an SSRC that was left are still placed for so long. */
const LEFT_SOURCE_MS = 1000;
/** Fill goes out to listeners in pieces of at most this. */
const FILL_PIECE_SAMPLES = 8000;

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

export interface StreamDelegate {
  onMedia(start: MediaStart): void;
  /** Bytes in order, each sample once. False = not taken; fill takes its place. */
  onAudio(fromSample: number, bytes: Uint8Array): boolean;
  onFill(fromSample: number, samples: number): void;
  /** Audio was dropped because the disk is too slow. */
  onOverflow(): void;
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

/** A packet whose timestamp the next one must confirm. */
interface HeldJump extends JumpOnProbation {
  readonly packet: HeldPacket;
  readonly header: RtpHeader;
}

interface LeftSource {
  readonly source: RtpSource;
  readonly anchor: TimelineAnchor;
  readonly untilMs: number;
}

export class RecordingStream {
  readonly gate: PauseGate;
  readonly #delegate: StreamDelegate;
  readonly #timeline = new Timeline();
  readonly #window: ReorderWindow;
  readonly #gaps = new GapLog();
  readonly #payloadTypes = new PayloadTypes();
  readonly #statistics = new StreamStatistics();
  readonly #change = new SourceChange();
  readonly #startHold = new StartHold();
  #current: RtpSource | null = null;
  #left: LeftSource | null = null;
  /** Far off in sequence: kept until the next packet proves or refutes it. */
  #suspect: HeldPacket | null = null;
  /** Far off in its timestamp: likewise. */
  #jump: HeldJump | null = null;
  /** Numbers of the packet that the timeline's timestamps reckon from, and of the first so. */
  #newestNumber = 0;
  #baseNumber = 0;
  /** The last number that did not go with its timestamp; -1 = the last one did. */
  #oddNumber = -1;
  /** When the first packet of an SSRC that takes over would have come, had nothing overtaken it. */
  #changeMs = Number.POSITIVE_INFINITY;
  #source: Address | null = null;
  #restoredSsrc: number | null = null;
  #restoredSequence: number | null = null;
  #restoredHeldSamples = 0;
  #isRestored = false;
  /** The newest packet of any payload type. */
  #lastPacketMs = Number.NEGATIVE_INFINITY;
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

  constructor(
    options: {
      readonly pause: { readonly fill: "tone" | "silence"; readonly guardMs: number };
      readonly negotiation: MediaNegotiation;
      readonly restoration: StreamRestoration | null;
    },
    delegate: StreamDelegate,
  ) {
    this.#delegate = delegate;
    this.gate = new PauseGate(options.pause);
    const { restoration } = options;
    this.#window = new ReorderWindow(
      {
        onAudio: (fromSample, bytes) => this.#leave(fromSample, bytes),
        onFill: (fromSample, samples) => this.#leaveFill(fromSample, samples),
        onGap: (fromSample, samples, cause) => this.#gap(fromSample, samples, cause),
        writeFill: (target, fromSample) => this.gate.writeFill(target, fromSample),
      },
      restoration?.samples ?? 0,
    );
    this.negotiate(options.negotiation);
    if (restoration !== null) this.#restore(restoration);
  }

  /** The next expected sample. */
  get end(): number {
    return this.#timeline.end;
  }

  /** All that has left, in order; after `close` the length of the recording. */
  get samples(): number {
    return this.#window.base;
  }

  /** The first packets are in order: sample 0 is fixed. */
  get hasBegun(): boolean {
    return this.#current !== null;
  }

  get hasMedia(): boolean {
    return this.#lastPacketMs !== Number.NEGATIVE_INFINITY;
  }

  /** Of packets of this call, in this process; -Infinity before the first. */
  get lastPacketMs(): number {
    return this.#lastPacketMs;
  }

  /** The source of the newest packets and its receiver state, for reports. */
  get reception(): { readonly address: Address; readonly source: RtpSource } | null {
    if (this.#current === null || this.#source === null) return null;
    return { address: this.#source, source: this.#current };
  }

  /** SSRCs to be refused after BYE. */
  get ssrcs(): readonly number[] {
    const held = [this.#startHold.ssrc, this.#change.next];
    const ssrcs = [this.#current?.ssrc, this.#left?.source.ssrc, ...held];
    return ssrcs.filter((ssrc) => ssrc !== undefined);
  }

  negotiate(negotiation: MediaNegotiation): void {
    this.#payloadTypes.negotiate(negotiation.payloadTypes);
    this.#expectsMedia = negotiation.expectsMedia;
    this.#wasHeld ||= !negotiation.expectsMedia;
  }

  /** A packet that the router gave to this call, with its header as read. */
  onPacket(data: Uint8Array, header: RtpHeader, from: { source: Address; nowMs: number }): void {
    const { source, nowMs } = from;
    this.#lastPacketMs = nowMs;
    if (this.#current === null) {
      this.#hold(data, header, from);
      return;
    }
    if (header.ssrc === this.#current.ssrc) {
      this.#process(data, header, from);
      return;
    }
    if (this.#left !== null && header.ssrc === this.#left.source.ssrc) {
      if (nowMs <= this.#left.untilMs && this.#processLeft(this.#left, data, header)) return;
    }
    this.#processOther(heldPacket(data, header, { source, nowMs }));
  }

  /** P, or null when already paused. Nothing in [P, …) is kept from now on. */
  pause(): number | null {
    this.#placeHeld();
    return this.gate.pause(this.#timeline.end);
  }

  /** [P, R), or null when not paused. */
  resume(nowMs: number): { readonly fromSample: number; readonly toSample: number } | null {
    this.#placeHeld();
    return this.gate.resume({
      nextSample: this.#timeline.end,
      predictedSample: this.#timeline.predict(nowMs),
    });
  }

  /** Lets go of what is settled. Call at least every 250 ms. */
  commit(nowMs: number): void {
    if (this.#startHold.isDue(nowMs)) this.#releaseStart();
    if (this.#change.isDue(nowMs)) this.#takeOver();
    if (this.#jump !== null && nowMs - this.#jump.packet.arrivalMs >= PROBATION_MS) {
      this.#settleJump(null);
    }
    this.#followClock(nowMs);
    this.#window.commit(nowMs);
  }

  /** Gaps to be journalled before the bytes that left. */
  drainGaps(): readonly Gap[] {
    return this.#gaps.drain();
  }

  /** The end of the dialog: all that came leaves, and a long tail is filled. */
  close(nowMs: number): void {
    this.#placeHeld();
    this.#statistics.stray += this.#change.drop() + (this.#suspect === null ? 0 : 1);
    this.#suspect = null;
    // After a restart without RTP nobody knows how long the call went on.
    if (this.hasMedia && this.#timeline.hasBegun) {
      const predicted = this.#timeline.predict(nowMs);
      if (predicted - this.#timeline.end > TAIL_LIMIT_MS * SAMPLES_PER_MS) {
        this.#window.extend(predicted, "tail");
        this.#timeline.advance(predicted);
      }
    }
    this.#window.flush();
  }

  /** Everything leaves now: the process ends, the call may go on. */
  flush(): void {
    this.#placeHeld();
    this.#window.flush();
  }

  statistics(kernelDrops: number): RecordingStatistics {
    const active = [this.#current, this.#left?.source ?? null].filter((one) => one !== null);
    return this.#statistics.summary(active, { lossRuns: this.#gaps.lossRuns, kernelDrops });
  }

  // -- The start -----------------------------------------------------------------------------

  #restore(restoration: StreamRestoration): void {
    this.#isRestored = restoration.anchor !== null;
    this.#restoredSsrc = restoration.ssrc;
    this.#restoredSequence = restoration.sequence;
    this.#restoredHeldSamples = heldSince(restoration.lines, restoration.anchor?.sample ?? 0);
    this.gate.restore(restoration.lines);
    if (restoration.anchor !== null) {
      this.#timeline.restore(restoration.samples, restoration.anchor);
    } else {
      this.#timeline.advance(restoration.samples);
    }
  }

  #hold(data: Uint8Array, header: RtpHeader, from: { source: Address; nowMs: number }): void {
    const kind = this.#payloadTypes.kindOf(header.payloadType);
    const isEmpty = header.payloadStart === header.payloadEnd;
    const isAudio = (kind === PAYLOAD_PCMU || kind === PAYLOAD_PCMA) && !isEmpty;
    // The recording begins with audio; what comes between the first packets is only numbered.
    if (!isAudio && this.#startHold.isEmpty) {
      if (kind === PAYLOAD_UNKNOWN) this.#statistics.stray += 1;
      return;
    }
    this.#statistics.stray += this.#startHold.push(heldPacket(data, header, from));
    if (this.#startHold.isDue(from.nowMs)) this.#releaseStart();
  }

  #releaseStart(): void {
    const { ssrc } = this.#startHold;
    if (ssrc === undefined) return;
    this.#current = new RtpSource(ssrc);
    for (const packet of this.#startHold.take()) this.#replay(packet);
  }

  /** All that waits for others gets its place: what comes now reckons from the end. */
  #placeHeld(): void {
    this.#releaseStart();
    this.#takeOver();
    this.#settleJump(null);
  }

  #replay(packet: HeldPacket): void {
    const header = makeRtpHeader();
    if (readRtpHeader(packet.data, header) !== null) return;
    const from = { source: packet.source, nowMs: packet.arrivalMs };
    if (packet.ssrc === this.#current?.ssrc) this.#process(packet.data, header, from);
    else this.#processOther(packet);
  }

  // -- Each packet ---------------------------------------------------------------------------

  #process(data: Uint8Array, header: RtpHeader, from: { source: Address; nowMs: number }): void {
    const current = this.#current;
    if (current === null) return;
    const isFirstOfAll = current.sequence.received === 0;
    const number = this.#numberOf(header, current);
    const verdict = current.sequence.update(number);
    if (verdict === "duplicate") {
      if (!this.#placeNamesake(data, header, from.nowMs)) this.#statistics.duplicate += 1;
      return;
    }
    if (verdict === "suspect") {
      if (this.#suspect !== null) this.#statistics.stray += 1;
      this.#suspect = heldPacket(data, header, from);
      return;
    }
    if (verdict === "ahead") {
      current.missingPackets += isFirstOfAll ? 0 : current.sequence.step - 1;
      this.#change.onPresent();
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
   * Its sequence number; of a packet whose number leaps and whose timestamp does not, the one that
   * the timestamp tells: the other is a bit error, unless the next one leaps alike.
   */
  #numberOf(header: RtpHeader, current: RtpSource): number {
    const { sequence } = header;
    const step = numbersBetween(this.#newestNumber, sequence);
    if (!current.isPlaced || Math.abs(step) <= OVERTAKING_PACKETS) return sequence;
    const samples = header.payloadEnd - header.payloadStart;
    const steps = this.#timeline.stepsTo(header.timestamp, samples);
    const isNear = Number.isInteger(steps) && Math.abs(steps) <= OVERTAKING_PACKETS;
    const isOdd = isNear && Math.abs(step - steps) > OVERTAKING_PACKETS;
    const isAlike = sequence === ((this.#oddNumber + 1) & 0xffff);
    this.#oddNumber = isOdd ? sequence : -1;
    return isOdd && !isAlike ? (this.#newestNumber + steps) & 0xffff : sequence;
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
    const isNext = sample === this.#window.end;
    if (sample > this.#window.end + OVERTAKING_SAMPLES) {
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
  #placeNamesake(data: Uint8Array, header: RtpHeader, nowMs: number): boolean {
    const kind = this.#payloadTypes.kindOf(header.payloadType);
    const samples = header.payloadEnd - header.payloadStart;
    if ((kind !== PAYLOAD_PCMU && kind !== PAYLOAD_PCMA) || samples === 0) return false;
    // One that is on probation has its number, and no place yet.
    const isOnProbation = this.#jump?.packet.sequence === header.sequence;
    if (this.#current?.isPlaced !== true || isOnProbation) return false;
    this.#setPacket(header.timestamp, samples, nowMs);
    this.#timeline.placeBehind(this.#packet);
    const { sample } = this.#timeline;
    const isWhole = Number.isInteger(this.#timeline.stepsTo(header.timestamp, samples));
    if (!isWhole || !this.#window.isVacant(sample, samples)) return false;
    this.#putPayload(data, header, nowMs);
    this.#timeline.advance(sample + samples);
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
    this.#newestNumber = current.sequence.extendedMaximum & 0xffff;
    if (this.#timeline.isRebased || isRestart) this.#baseNumber = this.#newestNumber;
    if (this.#timeline.isRebased || !this.#isPresentSource(from.source)) this.#tell(header, from);
  }

  /** `#packet` gets its place: others overtook it. */
  #placeBehind(number: number): void {
    const { timestamp, samples, arrivalMs } = this.#packet;
    const held = this.#jump;
    if (held !== null) {
      const numbersBefore = numbersBetween(number, held.header.sequence);
      const isEarlier = numbersBefore > 0 && numbersBetween(this.#newestNumber, number) > 0;
      if (isEarlier && isConfirmedBy(held, { timestamp, samples, numbersBefore })) {
        this.#placeJump(held, held.timestamp);
        this.#setPacket(timestamp, samples, arrivalMs);
      }
    }
    this.#timeline.placeBehind(this.#packet, {
      numbersAhead: numbersBetween(this.#newestNumber, number),
      isBeforeBase: numbersBetween(this.#baseNumber, number) < 0,
    });
  }

  #putPayload(data: Uint8Array, header: RtpHeader, nowMs: number): void {
    const isPcma = this.#payloadTypes.kindOf(header.payloadType) === PAYLOAD_PCMA;
    const bytes = isPcma ? transcoded(data, header) : payloadOf(data, header);
    this.#put(this.#timeline.sample, bytes, nowMs);
  }

  /** It was the first packet of what has now been confirmed: its place is in the hole before. */
  #replaySuspect(): void {
    const suspect = this.#suspect;
    this.#suspect = null;
    if (suspect !== null) this.#replay(suspect);
  }

  /** It waits for the next packet. */
  #holdJump(jump: number, packet: HeldPacket, header: RtpHeader): void {
    const { timestamp, samples } = this.#packet;
    const missingPackets = this.#current?.missingPackets ?? 0;
    this.#jump = { timestamp, samples, missingPackets, jump, packet, header: { ...header } };
    if (this.#current !== null) this.#current.missingPackets = 0;
  }

  /** The one that waits is placed, by its timestamp or by its sequence number. */
  #settleJump(next: Omit<JumpOnProbation, "jump"> | null): void {
    const held = this.#jump;
    if (held !== null) this.#placeJump(held, provenTimestamp(held, next));
  }

  #placeJump(held: HeldJump, timestamp: number): void {
    const current = this.#current;
    if (current === null) return;
    this.#jump = null;
    const { packet, samples } = held;
    const header = { ...held.header, timestamp };
    this.#setPacket(header.timestamp, samples, packet.arrivalMs);
    if (held.missingPackets > OVERTAKING_PACKETS && this.#timeline.isFuture(this.#packet)) {
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
    return source === this.#source || (this.#source !== null && isSameSource(source, this.#source));
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
      const jitter = this.#left?.source.jitter.units ?? 0;
      this.#packet.arrivalMs = Math.min(this.#packet.arrivalMs, this.#changeMs);
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

  #put(sample: number, bytes: Uint8Array, nowMs: number): void {
    if (sample < 0) {
      this.#statistics.late += 1;
      return;
    }
    const isClear = this.gate.isClear(sample, sample + bytes.length);
    this.#hole.cause = this.#timeline.cause;
    this.#hole.nowMs = nowMs;
    this.#hole.missingSamples = this.#timeline.missingSamples;
    const verdict = this.#window.put(
      sample,
      isClear ? bytes : this.gate.mask(sample, bytes),
      this.#hole,
    );
    if (verdict === "late" || verdict === "occupied") {
      this.#statistics.late += 1;
      this.#gaps.relabelLate(sample, bytes.length);
    }
  }

  /** A packet of the SSRC before the present one, still on its way. True = it was one of those. */
  #processLeft(left: LeftSource, data: Uint8Array, header: RtpHeader): boolean {
    const kind = this.#payloadTypes.kindOf(header.payloadType);
    if (kind !== PAYLOAD_PCMU && kind !== PAYLOAD_PCMA) return false;
    const sample = left.anchor.sample + ((header.timestamp - left.anchor.timestamp) | 0);
    // Beyond the audio that is there it would be the return of the old SSRC.
    if (sample >= this.#timeline.end) return false;
    const verdict = left.source.sequence.update(header.sequence);
    if (verdict !== "ahead" && verdict !== "behind") {
      this.#statistics.duplicate += 1;
      return true;
    }
    this.#put(
      sample,
      kind === PAYLOAD_PCMA ? transcoded(data, header) : payloadOf(data, header),
      0,
    );
    return true;
  }

  #processOther(packet: HeldPacket): void {
    if (this.#payloadTypes.kindOf(packet.data[1]! & 0x7f) === PAYLOAD_UNKNOWN) {
      this.#statistics.stray += 1;
      return;
    }
    if (this.#change.next !== packet.ssrc) this.#takeOver();
    const silentMs = packet.arrivalMs - this.#timeline.newestArrivalMs;
    this.#statistics.stray += this.#change.push(packet, silentMs);
    if (this.#change.isDue(packet.arrivalMs)) this.#takeOver();
  }

  /** The SSRC that was found to follow the present one takes its place. */
  #takeOver(): void {
    const ssrc = this.#change.next;
    const current = this.#current;
    if (ssrc === undefined || current === null) return;
    this.#settleJump(null);
    this.#change.leave(current.ssrc);
    if (this.#left !== null) this.#statistics.retire(this.#left.source);
    const taken = this.#change.take();
    const newestMs = Math.max(...taken.map(({ arrivalMs }) => arrivalMs));
    this.#left = {
      source: current,
      anchor: this.#timeline.anchor,
      untilMs: newestMs + LEFT_SOURCE_MS,
    };
    this.#current = new RtpSource(ssrc);
    this.#changeMs = soonestMs(taken);
    for (const held of taken) {
      this.#replay(held);
      this.#changeMs = Number.POSITIVE_INFINITY;
    }
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

  // -- What leaves ---------------------------------------------------------------------------

  /** A hold may last hours: the file follows the clock; the return costs one packet of work. */
  #followClock(nowMs: number): void {
    if (!this.hasMedia || !this.#timeline.hasBegun) return;
    if (nowMs - this.#lastPacketMs < HOLD_FILL_AFTER_MS) return;
    const toSample = this.#timeline.predict(nowMs - HOLD_FILL_LAG_MS);
    // In steps, so that an hour does not make a thousand lines.
    if (toSample - this.#timeline.end < HOLD_FILL_LAG_MS * SAMPLES_PER_MS) return;
    this.#window.extend(toSample, "hold");
    this.#timeline.advance(toSample);
  }

  #leave(fromSample: number, bytes: Uint8Array): void {
    if (this.#delegate.onAudio(fromSample, bytes)) return;
    this.#delegate.onOverflow();
    this.#gap(fromSample, bytes.length, "overflow");
    this.#leaveFill(fromSample, bytes.length);
  }

  #leaveFill(fromSample: number, samples: number): void {
    for (let done = 0; done < samples; done += FILL_PIECE_SAMPLES) {
      const piece = Math.min(FILL_PIECE_SAMPLES, samples - done);
      this.#delegate.onFill(fromSample + done, piece);
    }
  }

  /** Paused samples are told by their pause, not as gaps: each sample has one explanation. */
  #gap(fromSample: number, samples: number, cause: GapCause): void {
    for (const part of this.gate.outside(fromSample, samples)) {
      this.#gaps.add({ fromSample: part.from, samples: part.samples, cause });
    }
  }
}

/** What the journal tells of holds behind a sample. */
function heldSince(lines: readonly JournalLine[], fromSample: number): number {
  return lines.reduce((sum, line) => {
    const isHold = line.type === "gap" && line.cause === "hold" && line.fromSample >= fromSample;
    return isHold ? sum + line.samples : sum;
  }, 0);
}

/** A copy, since `data` is ours to read only until the packet has been handled. */
function heldPacket(
  data: Uint8Array,
  header: RtpHeader,
  from: { readonly source: Address; readonly nowMs: number },
): HeldPacket {
  const { ssrc, sequence } = header;
  return { data: data.slice(), source: from.source, arrivalMs: from.nowMs, ssrc, sequence };
}

/** When the first of them would have come, had it been as quick as the quickest of them. */
function soonestMs(packets: readonly HeldPacket[]): number {
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

/** How far `to` is ahead of `from`, of numbers modulo 65,536; negative = behind. */
function numbersBetween(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

function isSameSource(one: Address, other: Address): boolean {
  return one.port === other.port && one.host === other.host;
}

function payloadOf(data: Uint8Array, header: RtpHeader): Uint8Array {
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
