// The RTP of one call as the PBX would send it: µ-law, 20 ms, one packet a tick of the pacer, with
// sender reports; and what the far end's receiver reports say of it.  RFC 3550 §6.4, RFC 3551
// Everything is counted and stamped here, nothing judged.
import type { Address } from "@tapeline/recorder/ports";
import {
  encodeSample,
  ntpFromWallTime,
  parseRtcp,
  parseRtp,
  RTP_HEADER_BYTES,
  roundTripMs,
  serializeRtcp,
  writeRtpHeader,
  type PacedLeg,
  type PbxChance,
  type RtpPacer,
  type RtpPortPair,
  type RtpPorts,
} from "@tapeline/simulator/client";
import type { ValidatePorts } from "./probe.ts";

/** Payload of 20 ms. */
export const FRAME_SAMPLES = 160;
const SAMPLES_PER_MS = 8;
const AMPLITUDE = 2_000;
const TONE_HZ = 400;
const SAMPLES_A_SECOND = 8_000;
/** The first sender report after 0.5 s, so that a short call has a round trip; then every 5 s. */
const FIRST_REPORT_TICK = 25;
const REPORT_TICKS = 250;
/** Half of a packet. */
const LATE_MS = 10;
/** Reports kept a call: 24 hours of one each 5 s. */
const REPORTS_LIMIT = 17_280;

/** A receiver report on our stream. */
export interface StreamReport {
  /** Since the stream began. */
  readonly atMs: number;
  /** Of the interval since the report before, 0–1. */
  readonly intervalLossRatio: number;
  /** Packets lost, and expected, since the beginning. */
  readonly lost: number;
  readonly expected: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
}

/** What is known of a stream at its end. */
export interface StreamFacts {
  readonly packetsSent: number;
  readonly seconds: number;
  readonly reports: readonly StreamReport[];
  /** RTP that came back: a far end that echoes, as SIPp's rtp_echo does. */
  readonly packetsEchoed: number;
  readonly echoRoundTripsMs: readonly number[];
  /** Ticks that came later than half a packet: the laptop, not the network. */
  readonly lateTicks: number;
  /** Jitter of the sending itself, as RFC 3550 A.8 would have it at our own door. */
  readonly ownJitterMs: number;
  readonly target: Address | null;
}

const TONE = tone();

/** 20 ms of 400 Hz at a level that is heard and disturbs nobody: eight whole periods. */
function tone(): Uint8Array {
  const frame = new Uint8Array(FRAME_SAMPLES);
  for (let at = 0; at < frame.length; at += 1) {
    const sample = AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * at) / SAMPLES_A_SECOND);
    frame[at] = encodeSample("PCMU", Math.round(sample));
  }
  return frame;
}

export class RtpStream {
  readonly #ports: ValidatePorts;
  readonly #pair: RtpPortPair;
  readonly #ssrc: number;
  readonly #firstSequence: number;
  #timestamp: number;
  #paced: PacedLeg | null = null;
  #target: Address | null = null;
  #rtcpTarget: Address | null = null;
  #ticks = 0;
  #packetsSent = 0;
  #lateTicks = 0;
  #ownJitterMs = 0;
  #lastLateMs = 0;
  #ownJitterSumMs = 0;
  #beganMs = 0;
  #endedMs: number | null = null;
  readonly #reports: StreamReport[] = [];
  #echoed = 0;
  readonly #echoRoundTripsMs: number[] = [];
  /** When a sequence number was sent last. */
  readonly #sentMs = new Float64Array(0x10000);

  private constructor(ports: ValidatePorts, pair: RtpPortPair, chance: PbxChance) {
    this.#ports = ports;
    this.#pair = pair;
    this.#ssrc = chance.uint32();
    this.#firstSequence = chance.below(0x10000);
    this.#timestamp = chance.uint32();
  }

  /** Opens the two ports. Rejects when there are none. */
  static async open(
    ports: ValidatePorts,
    rtpPorts: RtpPorts,
    chance: PbxChance,
  ): Promise<RtpStream> {
    let stream: RtpStream | null = null;
    const pair = await rtpPorts.open({
      onRtp: (data) => stream?.onRtp(data),
      onRtcp: (data) => stream?.onRtcp(data),
    });
    stream = new RtpStream(ports, pair, chance);
    return stream;
  }

  get port(): number {
    return this.#pair.rtp.local.port;
  }

  start(
    pacer: RtpPacer,
    target: { readonly rtp: Address; readonly rtcpPort: number | null },
  ): void {
    this.#target = target.rtp;
    this.#rtcpTarget = { host: target.rtp.host, port: target.rtcpPort ?? target.rtp.port + 1 };
    this.#beganMs = this.#ports.clock.nowMs();
    this.#paced = pacer.add({ onTick: (deadlineMs) => this.#tick(deadlineMs) });
  }

  /** No packet leaves after this; reports still come. */
  stop(): void {
    if (this.#paced === null) return;
    this.#paced.remove();
    this.#paced = null;
    this.#endedMs = this.#ports.clock.nowMs();
    if (this.#rtcpTarget !== null && this.#packetsSent > 0) {
      const goodbye = { type: "bye", sources: [this.#ssrc] } as const;
      this.#pair.rtcp.send(serializeRtcp([this.#senderReport(), goodbye]), this.#rtcpTarget);
    }
  }

  close(): void {
    this.stop();
    this.#pair.leave();
    this.#pair.close();
  }

  facts(): StreamFacts {
    const endMs = this.#endedMs ?? this.#ports.clock.nowMs();
    return {
      packetsSent: this.#packetsSent,
      seconds: this.#beganMs === 0 ? 0 : (endMs - this.#beganMs) / 1000,
      reports: [...this.#reports],
      packetsEchoed: this.#echoed,
      echoRoundTripsMs: [...this.#echoRoundTripsMs],
      lateTicks: this.#lateTicks,
      ownJitterMs: this.#ownJitterSumMs / Math.max(1, this.#packetsSent),
      target: this.#target,
    };
  }

  #tick(deadlineMs: number): void {
    if (this.#target === null) return;
    const nowMs = this.#ports.clock.nowMs();
    this.#noteLateness(nowMs - deadlineMs);
    const packet = new Uint8Array(RTP_HEADER_BYTES + FRAME_SAMPLES);
    const sequence = (this.#firstSequence + this.#packetsSent) & 0xffff;
    writeRtpHeader(packet, {
      marker: this.#packetsSent === 0,
      payloadType: 0,
      sequence,
      timestamp: this.#timestamp,
      ssrc: this.#ssrc,
    });
    packet.set(TONE, RTP_HEADER_BYTES);
    this.#pair.rtp.send(packet, this.#target);
    this.#sentMs[sequence] = nowMs;
    this.#packetsSent += 1;
    this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
    this.#ticks += 1;
    if (this.#ticks % REPORT_TICKS !== FIRST_REPORT_TICK || this.#rtcpTarget === null) return;
    const cname = { type: "cname", ssrc: this.#ssrc, cname: "tapeline-validate" } as const;
    this.#pair.rtcp.send(serializeRtcp([this.#senderReport(), cname]), this.#rtcpTarget);
  }

  #noteLateness(lateMs: number): void {
    if (lateMs > LATE_MS) this.#lateTicks += 1;
    const difference = Math.abs(lateMs - this.#lastLateMs);
    this.#lastLateMs = lateMs;
    this.#ownJitterMs += (difference - this.#ownJitterMs) / 16;
    this.#ownJitterSumMs += this.#ownJitterMs;
  }

  #senderReport() {
    return {
      type: "sender-report",
      ssrc: this.#ssrc,
      ntp: ntpFromWallTime(this.#ntpTimeMs()),
      rtpTimestamp: this.#timestampNow(),
      packetCount: this.#packetsSent,
      octetCount: this.#packetsSent * FRAME_SAMPLES,
      blocks: [],
    } as const;
  }

  /** "the same time as the NTP timestamp", in units of the stream; no packet's.  §6.4.1 */
  #timestampNow(): number {
    const lastSentMs = this.#sentMs[(this.#firstSequence + this.#packetsSent - 1) & 0xffff] ?? 0;
    const sinceMs = this.#packetsSent === 0 ? 0 : this.#ports.clock.nowMs() - lastSentMs;
    const last = this.#packetsSent === 0 ? this.#timestamp : this.#timestamp - FRAME_SAMPLES;
    return (last + Math.round(sinceMs * SAMPLES_PER_MS)) >>> 0;
  }

  /** Monotonic: a round trip is a difference, which no step of the wall clock may spoil. */
  #ntpTimeMs(): number {
    return this.#ports.clock.nowMs();
  }

  onRtp(data: Uint8Array): void {
    const packet = parseRtp(data);
    if (!packet.ok || packet.value.ssrc !== this.#ssrc) return;
    const sentMs = this.#sentMs[packet.value.sequence] ?? 0;
    this.#echoed += 1;
    if (sentMs === 0 || this.#echoRoundTripsMs.length >= REPORTS_LIMIT) return;
    this.#echoRoundTripsMs.push(this.#ports.clock.nowMs() - sentMs);
  }

  onRtcp(data: Uint8Array): void {
    const packets = parseRtcp(data);
    if (!packets.ok) return;
    const nowMs = this.#ports.clock.nowMs();
    for (const packet of packets.value) {
      if (packet.type !== "receiver-report" && packet.type !== "sender-report") continue;
      const block = packet.blocks.find(({ ssrc }) => ssrc === this.#ssrc);
      if (block === undefined || this.#reports.length >= REPORTS_LIMIT) continue;
      this.#reports.push({
        atMs: nowMs - this.#beganMs,
        intervalLossRatio: block.fractionLost / 256,
        lost: block.cumulativeLost,
        expected: this.#expected(block.highestSequence),
        jitterMs: block.jitter / SAMPLES_PER_MS,
        roundTripMs: roundTripMs(ntpFromWallTime(this.#ntpTimeMs()), block),
      });
    }
  }

  /**
   * Packets up to the highest that arrived. Ours began with the first sequence number, so that
   * what was lost before the far end heard anything counts too.
   */
  #expected(highestSequence: number): number {
    const cycles = Math.floor((this.#firstSequence + this.#packetsSent) / 0x10000);
    const low = highestSequence & 0xffff;
    for (let cycle = cycles; cycle >= 0; cycle -= 1) {
      const expected = cycle * 0x10000 + low - this.#firstSequence + 1;
      if (expected > 0 && expected <= this.#packetsSent) return expected;
    }
    return this.#packetsSent;
  }
}
