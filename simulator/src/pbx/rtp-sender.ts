// The RTP and RTCP of one recording leg: a tagged frame each tick, sender reports, and the things
// that go wrong on purpose (SipOddities). Writes down each frame in the leg's truth.
// RFC 3550 §5.1, §6.4.1; RFC 3551 §4.1 (marker at the first packet after silence).
import type { Address, Clock, UdpSocket } from "@tapeline/recorder/ports";
import { ntpFromWallTime, parseRtcp, roundTripMs, serializeRtcp } from "../wire/rtcp.ts";
import type { RtcpPacket } from "../wire/rtcp.ts";
import { RTP_HEADER_BYTES, writeRtpHeader } from "../wire/rtp.ts";
import type { PlainRtpHeader } from "../wire/rtp.ts";
import { payloadTypeOf } from "../wire/sdp.ts";
import { FRAME_SAMPLES, MAX_TAG_VOICES } from "./frame-tag.ts";
import type { PbxChance } from "./pbx-chance.ts";
import type { Audience } from "./recording-leg.ts";
import { breakAt, type Break } from "./rtp-breaks.ts";
import type { RtpPortPair } from "./rtp-ports.ts";
import type { SipOddities } from "./sip-oddities.ts";
import type { RtpProtection } from "./rtp-protection.ts";
import { mixFrameInto } from "./speech.ts";
import { StrayStream } from "./stray-stream.ts";
import type { FrameTag, ReceiverReport, SpokenFrame, TruthLeg } from "./truth.ts";

/** Ticks between two sender reports (5 s), and before the first (half of it, RFC 3550 §6.2). */
const REPORT_TICKS = 250;
const FIRST_REPORT_TICK = 125;
/** A frame that is held back goes out after at most this many later ones: 60 ms. */
const MAX_HELD_FRAMES = 3;
const TICKS_PER_SECOND = 50;
const FRAME_MS = 20;
const SAMPLES_PER_MS = 8;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface HeldPacket {
  readonly packet: Uint8Array;
  readonly frame: Mutable<SpokenFrame>;
  /** Frames still to be sent before this one. */
  wait: number;
}

export interface RtpSenderOptions {
  readonly truth: TruthLeg;
  readonly audience: Audience;
  readonly oddities: SipOddities;
  readonly chance: PbxChance;
  readonly keepPayloads: boolean;
  readonly ports: RtpPortPair;
  /** From which RTP leaves: that of `ports`, unless an oddity wants another. */
  readonly socket: UdpSocket;
  /** From where foreign packets are sent; null without such an oddity. */
  readonly straySocket: UdpSocket | null;
  /** Of a leg with SRTP. Its RTCP would have to be protected as well: it sends none. */
  readonly protection: RtpProtection | null;
  readonly cname: string;
  readonly clock: Clock;
  /** How wrong the wall clock in sender reports is. */
  clockOffMs(): number;
}

function sameVoices(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((voice, index) => voice === right[index]);
}

/** A packet with room for its header, for what is not sent 50 times a second. */
function packetOf(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  const packet = new Uint8Array(RTP_HEADER_BYTES + bytes);
  let at = RTP_HEADER_BYTES;
  for (const piece of pieces) {
    packet.set(piece, at);
    at += piece.length;
  }
  return packet;
}

/** Packets are cut from slabs: a buffer of its own for each would cost more than its speech. */
const PACKET_BYTES = RTP_HEADER_BYTES + FRAME_SAMPLES;
const SLAB_BYTES = 256 * PACKET_BYTES;
let slab = new Uint8Array(SLAB_BYTES);
let slabUsedBytes = 0;

/** Never given out twice, since a socket may still hold it. */
function newPacket(): Uint8Array {
  if (slabUsedBytes === SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    slabUsedBytes = 0;
  }
  slabUsedBytes += PACKET_BYTES;
  return slab.subarray(slabUsedBytes - PACKET_BYTES, slabUsedBytes);
}

export class RtpSender {
  readonly #options: RtpSenderOptions;
  #target: Address | null = null;
  #rtcpTarget: Address | null = null;
  #isHeld = false;
  /** changeSsrcOnHold was in force when the hold began, or is at its end. */
  #changesAfterHold = false;
  #isMarked = true;
  #ssrc: number;
  #sequence: number;
  #timestamp: number;
  #frame = 0;
  /** The first frame of the present SSRC. */
  #sourceFrame = 0;
  #ticks = 0;
  /** As the audience told them last, and what of them the tags name. */
  #present: readonly number[] = [];
  #voices: readonly number[] = [];
  #held: HeldPacket[] = [];
  #isAfterBye = false;
  #packetsSent = 0;
  #streamPackets = 0;
  #streamOctets = 0;
  #strayDue: number;
  readonly #stray: StrayStream;
  #hasTarget = false;
  /** Frames that wait for the others of their packet (ptime above 20 ms). */
  #pieces: { readonly frame: Uint8Array; readonly tag: FrameTag; readonly timestamp: number }[] =
    [];

  constructor(options: RtpSenderOptions) {
    const { chance, oddities } = options;
    this.#options = options;
    this.#ssrc = chance.uint32();
    this.#sequence = (oddities.firstSequence ?? chance.below(0x10000)) & 0xffff;
    this.#timestamp = (oddities.firstTimestamp ?? chance.uint32()) >>> 0;
    this.#stray = new StrayStream(chance, this.#ssrc);
    this.#strayDue = oddities.strayPacketsFirst;
  }

  /** Where the answer says that RTP is wanted; also after a re-INVITE. */
  setTarget(rtp: Address, rtcpPort: number | null): void {
    this.#target = rtp;
    if (!this.#hasTarget) this.#sendStrays();
    this.#hasTarget = true;
    this.#rtcpTarget = { host: rtp.host, port: rtcpPort ?? rtp.port + 1 };
  }

  /** While held nothing is sent, and the media clock goes on. */
  setHeld(isHeld: boolean): void {
    this.#changesAfterHold ||= this.#options.oddities.changeSsrcOnHold;
    if (isHeld) {
      this.#sendPieces();
      this.#releaseHeld(true);
    } else {
      if (this.#isHeld) this.#isMarked = true;
      if (this.#isHeld && this.#changesAfterHold) this.#changeSource();
      this.#changesAfterHold = false;
    }
    this.#isHeld = isHeld;
  }

  /** From now on frames count as sent after BYE. */
  markEnded(): void {
    this.#sendPieces();
    this.#releaseHeld(true);
    this.#isAfterBye = true;
  }

  /** RTP packets handed to the socket, copies included, strays not. */
  packetsSent(): number {
    return this.#packetsSent;
  }

  /** One frame of 20 ms. */
  tick(): void {
    const { oddities } = this.#options;
    if (this.#target === null) return;
    this.#ticks += 1;
    if (!this.#isHeld && !oddities.noAudio) this.#speak();
    this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
    if (!this.#isAfterBye && this.#ticks % REPORT_TICKS === FIRST_REPORT_TICK) this.#report();
    this.#strayDue += oddities.strayPacketsPerSecond / TICKS_PER_SECOND;
    this.#sendStrays();
    if (this.#options.protection !== null) this.#sendReplays(this.#options.protection);
  }

  /** A receiver report, or whatever came to the RTCP port. False = not RTCP. */
  onRtcp(data: Uint8Array): boolean {
    const packets = parseRtcp(data);
    if (!packets.ok) return false;
    for (const packet of packets.value) this.#onRtcpPacket(packet);
    return true;
  }

  /** Ends the stream with an RTCP BYE (RFC 3550 §6.6). */
  close(): void {
    this.#sendPieces();
    this.#releaseHeld(true);
    const { protection } = this.#options;
    if (this.#rtcpTarget !== null && this.#streamPackets > 0 && protection === null) {
      const packets = [this.#senderReport(), { type: "bye", sources: [this.#ssrc] } as const];
      this.#options.ports.rtcp.send(serializeRtcp(packets), this.#rtcpTarget);
    }
    this.#target = null;
    this.#rtcpTarget = null;
  }

  #audible(): readonly number[] {
    const present = this.#options.audience.voices();
    if (sameVoices(present, this.#present)) return this.#voices;
    this.#present = present.slice();
    const wanted = [...new Set(present)];
    const voices = wanted.sort((left, right) => left - right).slice(0, MAX_TAG_VOICES);
    // One array for as long as nobody comes or goes: every frame of the truth refers to it.
    if (!sameVoices(voices, this.#voices)) this.#voices = voices;
    return this.#voices;
  }

  #speak(): void {
    const { truth, oddities } = this.#options;
    const every = oddities.changeSsrcEveryFrames;
    // Of a call that speaks for long already the next frame is a new source's.
    if (every > 0 && this.#frame - this.#sourceFrame >= every) this.#changeSource();
    const jump = oddities.timestampJump;
    if (jump !== null && this.#frame > 0 && this.#frame % jump.everyFrames === 0) {
      this.#sendPieces();
      this.#timestamp = (this.#timestamp + jump.samples) >>> 0;
    }
    const { leg, conversation } = truth;
    const tag = { leg, conversation, frame: this.#frame, voices: this.#audible() };
    const silence = breakAt(this.#frame, oddities);
    this.#frame += 1;
    if (silence !== null) this.#sendBreak(silence);
    else if (oddities.packetMs === FRAME_MS) this.#sendFrame(tag);
    else this.#sendByPieces(tag);
  }

  /** The usual way: a frame a packet. */
  #sendFrame(tag: FrameTag): void {
    const packet = newPacket();
    const law = this.#options.oddities.codec;
    mixFrameInto(tag, { target: packet, offset: RTP_HEADER_BYTES, law });
    this.#sendVoice(packet, { tag, timestamp: this.#timestamp });
  }

  /** Another ptime: several frames a packet, or a frame in two. */
  #sendByPieces(tag: FrameTag): void {
    const { codec: law, packetMs } = this.#options.oddities;
    const frame = new Uint8Array(FRAME_SAMPLES);
    mixFrameInto(tag, { target: frame, offset: 0, law });
    const timestamp = this.#timestamp;
    if (packetMs < FRAME_MS) {
      const bytes = packetMs * SAMPLES_PER_MS;
      for (let at = 0; at < frame.length; at += bytes) {
        const piece = frame.subarray(at, at + bytes);
        this.#sendVoice(packetOf([piece]), { tag, timestamp: (timestamp + at) >>> 0 });
      }
      return;
    }
    this.#pieces.push({ frame, tag, timestamp });
    if (this.#pieces.length * FRAME_MS >= packetMs) this.#sendPieces();
  }

  /** What has been collected for a longer packet leaves as it is. */
  #sendPieces(): void {
    const [first] = this.#pieces;
    if (first === undefined) return;
    const packet = packetOf(this.#pieces.map(({ frame }) => frame));
    this.#pieces = [];
    this.#sendVoice(packet, first);
  }

  /** A packet of speech gets its header, and its line in the truth. */
  #sendVoice(
    packet: Uint8Array,
    { tag, timestamp }: { readonly tag: FrameTag; readonly timestamp: number },
  ): void {
    const { truth, oddities, chance, keepPayloads, clock, protection } = this.#options;
    const header: PlainRtpHeader = {
      marker: this.#isMarked,
      payloadType: payloadTypeOf(oddities.codec),
      sequence: this.#sequence,
      timestamp,
      ssrc: this.#ssrc,
    };
    writeRtpHeader(packet, header);
    const isWithheld = chance.hits(oddities.lossRatio);
    const { sequence, ssrc, payloadType } = header;
    const frame: Mutable<SpokenFrame> = {
      sequence,
      timestamp,
      ssrc,
      payloadType,
      tag,
      sentMs: clock.nowMs(),
      // A view: nobody writes to a packet once it is made.
      payload: keepPayloads ? packet.subarray(RTP_HEADER_BYTES) : null,
    };
    if (isWithheld) frame.withheld = true;
    if (this.#isAfterBye) frame.afterBye = true;
    truth.frames.push(frame);
    this.#isMarked = false;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    // Before anything overtakes it: wraps of the sequence number are counted.
    const wire = protection === null ? packet : protection.protect(packet);
    if (protection?.isWrong() === true) frame.foreignKey = true;
    if (!isWithheld) this.#dispatch(wire, frame);
  }

  /** Comfort noise or a digit: numbered like speech, and no speech. */
  #sendBreak({ payloadType, payloads, marker, timestampBackSamples }: Break): void {
    this.#sendPieces();
    this.#isMarked = true;
    for (const payload of payloads) {
      if (this.#target === null) return;
      const packet = packetOf([payload]);
      const timestamp = (this.#timestamp - timestampBackSamples) >>> 0;
      const sequence = this.#sequence;
      writeRtpHeader(packet, { marker, payloadType, sequence, timestamp, ssrc: this.#ssrc });
      this.#sequence = (sequence + 1) & 0xffff;
      const { protection, socket } = this.#options;
      socket.send(protection === null ? packet : protection.protect(packet), this.#target);
      this.#count(payload.length);
    }
  }

  /** Sends now, or holds the packet back so that the next ones overtake it. */
  #dispatch(packet: Uint8Array, frame: Mutable<SpokenFrame>): void {
    const { chance, oddities } = this.#options;
    if (chance.hits(oddities.reorderRatio)) {
      this.#held.push({ packet, frame, wait: 1 + chance.below(MAX_HELD_FRAMES) });
      return;
    }
    this.#send(packet, frame);
    if (this.#held.length > 0) this.#releaseHeld(false);
  }

  #releaseHeld(isAll: boolean): void {
    const due: HeldPacket[] = [];
    const kept: HeldPacket[] = [];
    for (const held of this.#held) {
      held.wait -= 1;
      (isAll || held.wait <= 0 ? due : kept).push(held);
    }
    this.#held = kept;
    for (const { packet, frame } of due) this.#send(packet, frame);
  }

  #send(packet: Uint8Array, frame: Mutable<SpokenFrame>): void {
    const { socket, oddities, clock } = this.#options;
    if (this.#target === null) return;
    frame.sentMs = clock.nowMs();
    const copies = oddities.duplicateRtp ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      // A socket may hand the very bytes on: a copy is a datagram of its own.
      socket.send(copy === 0 ? packet : packet.slice(), this.#target);
    }
    this.#options.protection?.sent(packet);
    this.#packetsSent += copies - 1;
    this.#count(packet.length - RTP_HEADER_BYTES);
  }

  #count(octets: number): void {
    this.#packetsSent += 1;
    this.#streamPackets += 1;
    this.#streamOctets += octets;
  }

  #changeSource(): void {
    const { chance } = this.#options;
    this.#sendPieces();
    this.#releaseHeld(true);
    this.#ssrc = chance.uint32();
    this.#sequence = chance.below(0x10000);
    this.#timestamp = chance.uint32();
    this.#isMarked = true;
    this.#sourceFrame = this.#frame;
    this.#streamPackets = 0;
    this.#streamOctets = 0;
  }

  #senderReport(): Extract<RtcpPacket, { type: "sender-report" }> {
    return {
      type: "sender-report",
      ssrc: this.#ssrc,
      ntp: ntpFromWallTime(this.#wallTimeMs()),
      rtpTimestamp: this.#timestamp,
      packetCount: this.#streamPackets,
      octetCount: this.#streamOctets,
      blocks: [],
    };
  }

  #wallTimeMs(): number {
    return this.#options.clock.wallTimeMs() + this.#options.clockOffMs();
  }

  #report(): void {
    if (this.#rtcpTarget === null || this.#options.protection !== null) return;
    const cname = { type: "cname", ssrc: this.#ssrc, cname: this.#options.cname } as const;
    this.#options.ports.rtcp.send(serializeRtcp([this.#senderReport(), cname]), this.#rtcpTarget);
  }

  #onRtcpPacket(packet: RtcpPacket): void {
    if (packet.type !== "receiver-report" && packet.type !== "sender-report") return;
    const { truth, clock } = this.#options;
    const block = packet.blocks.find(({ ssrc }) => ssrc === this.#ssrc);
    if (block === undefined) return;
    const report: ReceiverReport = {
      atMs: clock.nowMs(),
      fractionLost: block.fractionLost / 256,
      cumulativeLost: block.cumulativeLost,
      highestSequence: block.highestSequence,
      jitterMs: block.jitter / 8,
      roundTripMs: roundTripMs(ntpFromWallTime(this.#wallTimeMs()), block),
    };
    truth.receiverReport = report;
  }

  /** What somebody has overheard, once more. */
  #sendReplays(protection: RtpProtection): void {
    for (const wire of protection.tick()) {
      if (this.#target !== null) this.#options.socket.send(wire, this.#target);
    }
  }

  /** Packets of a foreign source, as many as are due. */
  #sendStrays(): void {
    const { straySocket } = this.#options;
    if (straySocket === null || this.#target === null) return;
    while (this.#strayDue >= 1) {
      this.#strayDue -= 1;
      straySocket.send(this.#stray.packet(), this.#target);
    }
  }
}
