// One recording's way of audio: packet → sequence → timeline → pause gate → reorder window →
// writer and listeners (design.md §5, "Timeline", "Pause"). The hot path is `onPacket`: no await,
// no log, no JSON. Stage: it owns its state, does no I/O, and time comes with each call.
import { SAMPLES_PER_MS } from "../audio/g711.ts";
import type { Address, MediaNegotiation, RecordingStatistics } from "../ports/index.ts";
import { makeRtpHeader, readRtpHeader } from "../rtp/packet.ts";
import type { RtpHeader } from "../rtp/packet.ts";
import type { RtpSource } from "../rtp/rtp-source.ts";
import { Timeline, type TimelineAnchor } from "../rtp/timeline.ts";
import type { Gap } from "./gap-log.ts";
import { heldPacket, muLawOf, soonestMs } from "./held-packets.ts";
import { type MediaStart, PacketPlacement, type StreamRestoration } from "./packet-placement.ts";
import type { HeldPacket } from "./packet-router.ts";
import type { PauseGate } from "./pause-gate.ts";
import { PAYLOAD_PCMA, PAYLOAD_PCMU, PAYLOAD_UNKNOWN, PayloadTypes } from "./payload-types.ts";
import { type AudioDelegate, type PauseOptions, RecordedAudio } from "./recorded-audio.ts";
import { SourceChange } from "./source-change.ts";
import { StartHold } from "./start-hold.ts";
import { StreamStatistics } from "./stream-statistics.ts";

/** A tail shorter than this is left as the sender left it. */
export const TAIL_LIMIT_MS = 200;
/** After so much silence the file follows the clock … */
export const HOLD_FILL_AFTER_MS = 10_000;
/** … this far behind it, so that packets that were only slow still find their place. */
export const HOLD_FILL_LAG_MS = 5000;
/** Packets of an SSRC that was left are still placed for so long. */
const LEFT_SOURCE_MS = 1000;
export interface StreamDelegate extends AudioDelegate {
  onMedia(start: MediaStart): void;
}

interface LeftSource {
  readonly source: RtpSource;
  readonly anchor: TimelineAnchor;
  readonly untilMs: number;
}

export class RecordingStream {
  readonly gate: PauseGate;
  readonly #timeline = new Timeline();
  readonly #audio: RecordedAudio;
  readonly #placement: PacketPlacement;
  readonly #payloadTypes = new PayloadTypes();
  readonly #statistics = new StreamStatistics();
  readonly #change = new SourceChange();
  readonly #startHold = new StartHold();
  #left: LeftSource | null = null;
  /** The newest packet of any payload type. */
  #lastPacketMs = Number.NEGATIVE_INFINITY;

  constructor(
    options: {
      readonly pause: PauseOptions;
      readonly negotiation: MediaNegotiation;
      readonly restoration: StreamRestoration | null;
    },
    delegate: StreamDelegate,
  ) {
    const { pause, negotiation, restoration } = options;
    this.#audio = new RecordedAudio(pause, restoration?.samples ?? 0, delegate);
    this.gate = this.#audio.gate;
    this.#placement = new PacketPlacement(
      {
        timeline: this.#timeline,
        audio: this.#audio,
        statistics: this.#statistics,
        payloadTypes: this.#payloadTypes,
      },
      {
        onMedia: (start) => delegate.onMedia(start),
        onPresent: () => this.#change.onPresent(),
        replay: (packet) => this.#replay(packet),
      },
    );
    this.negotiate(negotiation);
    if (restoration !== null) this.#restore(restoration);
  }

  /** The next expected sample. */
  get end(): number {
    return this.#timeline.end;
  }

  /** All that has left, in order; after `close` the length of the recording. */
  get samples(): number {
    return this.#audio.samples;
  }

  /** The first packets are in order: sample 0 is fixed. */
  get hasBegun(): boolean {
    return this.#placement.current !== null;
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
    const { current, source } = this.#placement;
    return current === null || source === null ? null : { address: source, source: current };
  }

  /** SSRCs to be refused after BYE. */
  get ssrcs(): readonly number[] {
    const held = [this.#startHold.ssrc, this.#change.next];
    const ssrcs = [this.#placement.current?.ssrc, this.#left?.source.ssrc, ...held];
    return ssrcs.filter((ssrc) => ssrc !== undefined);
  }

  negotiate(negotiation: MediaNegotiation): void {
    this.#payloadTypes.negotiate(negotiation.payloadTypes);
    this.#placement.expectMedia(negotiation.expectsMedia);
  }

  /** A packet that never got here: counted, and no more. */
  refused(reason: "unauthentic" | "replayed"): void {
    if (reason === "replayed") this.#statistics.duplicate += 1;
    else this.#statistics.stray += 1;
  }

  /** A packet that the router gave to this call, with its header as read. */
  onPacket(data: Uint8Array, header: RtpHeader, from: { source: Address; nowMs: number }): void {
    const { source, nowMs } = from;
    this.#lastPacketMs = nowMs;
    const { current } = this.#placement;
    if (current === null) {
      this.#hold(data, header, from);
      return;
    }
    if (header.ssrc === current.ssrc) {
      this.#placement.process(data, header, from);
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
    this.#placement.commit(nowMs);
    this.#followClock(nowMs);
    this.#audio.commit(nowMs);
  }

  /** Gaps to be journalled before the bytes that left. */
  drainGaps(): readonly Gap[] {
    return this.#audio.drainGaps();
  }

  /** The end of the dialog: all that came leaves, and a long tail is filled. */
  close(nowMs: number): void {
    this.#placeHeld();
    this.#statistics.stray += this.#change.drop();
    this.#placement.close();
    // After a restart without RTP nobody knows how long the call went on.
    if (this.hasMedia && this.#timeline.hasBegun) {
      const predicted = this.#timeline.predict(nowMs);
      if (predicted - this.#timeline.end > TAIL_LIMIT_MS * SAMPLES_PER_MS) {
        this.#audio.extend(predicted, "tail");
        this.#timeline.advance(predicted);
      }
    }
    this.#audio.flush();
  }

  /** Everything leaves now: the process ends, the call may go on. */
  flush(): void {
    this.#placeHeld();
    this.#audio.flush();
  }

  statistics(kernelDrops: number): RecordingStatistics {
    const { lossRuns } = this.#audio;
    const active = [this.#placement.current, this.#left?.source ?? null].filter(
      (one) => one !== null,
    );
    return this.#statistics.summary(active, { lossRuns, kernelDrops });
  }

  // -- The start -----------------------------------------------------------------------------

  #restore(restoration: StreamRestoration): void {
    this.#placement.restore(restoration);
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
    this.#placement.begin(ssrc);
    for (const packet of this.#startHold.take()) this.#replay(packet);
  }

  /** All that waits for others gets its place: what comes now reckons from the end. */
  #placeHeld(): void {
    this.#releaseStart();
    this.#takeOver();
    this.#placement.settle();
  }

  #replay(packet: HeldPacket): void {
    const header = makeRtpHeader();
    if (readRtpHeader(packet.data, header) !== null) return;
    const from = { source: packet.source, nowMs: packet.arrivalMs };
    const isPresent = packet.ssrc === this.#placement.current?.ssrc;
    if (isPresent) this.#placement.process(packet.data, header, from);
    else this.#processOther(packet);
  }

  // -- Other SSRCs ---------------------------------------------------------------------------

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
    this.#placement.put(sample, muLawOf(data, header, kind === PAYLOAD_PCMA), 0);
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
    const { current } = this.#placement;
    if (ssrc === undefined || current === null) return;
    this.#placement.settle();
    this.#change.leave(current.ssrc);
    if (this.#left !== null) this.#statistics.retire(this.#left.source);
    const taken = this.#change.take();
    const newestMs = Math.max(...taken.map(({ arrivalMs }) => arrivalMs));
    this.#left = {
      source: current,
      anchor: this.#timeline.anchor,
      untilMs: newestMs + LEFT_SOURCE_MS,
    };
    this.#placement.begin(ssrc);
    this.#placement.soonestMs = soonestMs(taken);
    for (const held of taken) {
      this.#replay(held);
      this.#placement.soonestMs = Number.POSITIVE_INFINITY;
    }
  }

  // -- What leaves ---------------------------------------------------------------------------

  /** A hold may last hours: the file follows the clock; the return costs one packet of work. */
  #followClock(nowMs: number): void {
    if (!this.hasMedia || !this.#timeline.hasBegun) return;
    if (nowMs - this.#lastPacketMs < HOLD_FILL_AFTER_MS) return;
    const toSample = this.#timeline.predict(nowMs - HOLD_FILL_LAG_MS);
    // In steps, so that an hour does not make a thousand lines.
    if (toSample - this.#timeline.end < HOLD_FILL_LAG_MS * SAMPLES_PER_MS) return;
    this.#audio.extend(toSample, "hold");
    this.#timeline.advance(toSample);
  }
}
