// The media side of one recording leg: its sockets, and its RTP stream from the answer to the BYE.
// rtp-sender.ts makes the packets, rtp-pacer.ts gives the time.
import type { Address, Timer, UdpSocket } from "@tapeline/recorder/ports";
import type { CallEnvironment } from "./call-environment.ts";
import type { PbxChance } from "./pbx-chance.ts";
import type { Audience } from "./recording-leg.ts";
import type { PacedLeg } from "./rtp-pacer.ts";
import type { RtpPortPair } from "./rtp-ports.ts";
import type { RtpProtection } from "./rtp-protection.ts";
import { RtpSender } from "./rtp-sender.ts";
import type { SipOddities } from "./sip-oddities.ts";
import type { TruthLeg } from "./truth.ts";

export interface LegMediaOptions {
  readonly truth: TruthLeg;
  readonly audience: Audience;
  readonly oddities: SipOddities;
  readonly chance: PbxChance;
  /** RTP came in, from a recorder that only receives. Told once. */
  readonly onForeignRtp: () => void;
}

export class LegMedia {
  readonly #environment: CallEnvironment;
  readonly #options: LegMediaOptions;
  #ports: RtpPortPair | null = null;
  #straySocket: UdpSocket | null = null;
  /** From where RTP leaves when that is not the port that the SDP names. */
  #otherSocket: UdpSocket | null = null;
  #delay: Timer | null = null;
  #sender: RtpSender | null = null;
  #paced: PacedLeg | null = null;
  #isForeignRtpTold = false;
  /** For a stream that begins later. */
  #target: { readonly rtp: Address; readonly rtcpPort: number | null } | null = null;
  #isHeld = false;
  #protection: RtpProtection | null = null;

  constructor(environment: CallEnvironment, options: LegMediaOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  /** Rejects when there is no port. */
  async open(): Promise<void> {
    const { rtpPorts, ports, options } = this.#environment;
    const { oddities } = this.#options;
    this.#ports = await rtpPorts.open(
      { onRtp: () => this.#onRtp(), onRtcp: (data) => void this.#sender?.onRtcp(data) },
      oddities.rtpPort,
    );
    const nothing = { onDatagram: () => undefined, onError: () => undefined };
    const local = { host: options.bindHost, port: 0 };
    try {
      if (oddities.strayPacketsPerSecond > 0 || oddities.strayPacketsFirst > 0) {
        this.#straySocket = await ports.udp.bind({ local }, nothing);
      }
      if (oddities.rtpFromOtherPort) {
        this.#otherSocket = await ports.udp.bind({ local }, nothing);
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** The port that the SDP names; 0 when none is open. */
  rtpPort(): number {
    return this.#ports?.rtp.local.port ?? 0;
  }

  /** Nothing leaves in the clear: to be said before the stream begins. */
  protect(protection: RtpProtection): void {
    this.#protection = protection;
  }

  isRunning(): boolean {
    return this.#sender !== null;
  }

  packetsSent(): number {
    return this.#sender?.packetsSent() ?? 0;
  }

  /** Speaks before the answer, to where this recorder took RTP last; else waits for the answer. */
  startEarly(recorderHost: string): void {
    const target = this.#environment.rtpTargets.get(recorderHost);
    if (target === undefined) return;
    this.#speak();
    this.setTarget(target, null);
  }

  /** The answer is there: begins to speak; nothing leaves before there is a target. */
  start(): void {
    const { rtpDelayMs } = this.#options.oddities;
    if (rtpDelayMs <= 0) {
      this.#speak();
      return;
    }
    const { clock } = this.#environment.ports;
    this.#delay ??= clock.setTimer("pbx.rtp.delay", rtpDelayMs, () => this.#speak());
  }

  #speak(): void {
    const { options, ports, pacer } = this.#environment;
    if (this.#ports === null || this.#sender !== null) return;
    const { truth, audience, oddities, chance } = this.#options;
    const sender = new RtpSender({
      truth,
      audience,
      oddities,
      chance,
      keepPayloads: options.keepPayloads,
      ports: this.#ports,
      socket: this.#otherSocket ?? this.#ports.rtp,
      straySocket: this.#straySocket,
      protection: this.#protection,
      cname: `IPOffice-${truth.leg}@${this.#environment.localHost("")}`,
      clock: ports.clock,
      clockOffMs: () => options.clockOffMs?.() ?? 0,
    });
    this.#sender = sender;
    if (this.#target !== null) sender.setTarget(this.#target.rtp, this.#target.rtcpPort);
    sender.setHeld(this.#isHeld);
    this.#paced = pacer.add({ onTick: () => sender.tick() });
  }

  setTarget(rtp: Address, rtcpPort: number | null): void {
    this.#target = { rtp, rtcpPort };
    this.#environment.rtpTargets.set(rtp.host, rtp);
    this.#sender?.setTarget(rtp, rtcpPort);
  }

  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#sender?.setHeld(isHeld);
  }

  /** What is sent from now on comes after our BYE. */
  markEnded(): void {
    this.#sender?.markEnded();
  }

  /** Stops RTP; the sockets stay, so that their ports are not used again too soon. */
  stop(): void {
    this.#delay?.cancel();
    this.#delay = null;
    this.#ports?.leave();
    this.#paced?.remove();
    this.#paced = null;
    this.#sender?.close();
    this.#environment.countPackets(this.packetsSent());
    this.#sender = null;
  }

  release(): void {
    this.stop();
    this.#ports?.close();
    this.#ports = null;
    this.#straySocket?.close();
    this.#straySocket = null;
    this.#otherSocket?.close();
    this.#otherSocket = null;
  }

  #onRtp(): void {
    if (!this.#isForeignRtpTold) this.#options.onForeignRtp();
    this.#isForeignRtpTold = true;
  }
}
