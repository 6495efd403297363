// The responder: stands where a recorder will be, before one is installed, and answers `testbed
// validate --responder`. SIP on UDP and TCP, RTP with receiver reports, and the channel that tells
// what arrived (sip-answers.ts). Writes nothing and records nothing.  requirements.md T3, R15, R23
import { RecorderError, systemCode, type ErrorCode } from "../errors.ts";
import type {
  Address,
  Clock,
  Random,
  Tcp,
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  Timer,
  Udp,
  UdpSocket,
} from "../ports/index.ts";
import { RTP_HEADER_BYTES } from "../rtp/packet.ts";
import { parseRtcp, serializeReceiverReport } from "../rtp/rtcp.ts";
import { parseMessage, SIP_PARSE_LIMITS } from "../sip/parse.ts";
import { RateGate } from "../sip/rate-gate.ts";
import { StreamFraming } from "../sip/stream-framing.ts";
import type { DscpCounter, DscpCounts } from "./dscp-counts.ts";
import { FarStream } from "./far-stream.ts";
import { Handshake, STRANGER_INTERVAL_MS } from "./handshake.ts";
import { SipAnswers } from "./sip-answers.ts";

/** RTP streams heard at once; packets of further ones are counted and dropped. */
export const MAXIMUM_STREAMS = 4_000;
/** TCP connections at once; more are refused. */
export const MAXIMUM_CONNECTIONS = 64;
/** How often a stream is reported to its sender (RFC 3550 §6.2: 5 s at least, for few members). */
const REPORT_EVERY_MS = 5_000;
const REPORT_TICK_MS = 500;
/** How often the counters of marks are read, while RTP comes. */
const DSCP_READ_MS = 1_000;
/** Streams that nothing came of for so long are forgotten. */
const STREAM_IDLE_MS = 10 * 60_000;

export interface ResponderOptions {
  readonly bind: string;
  /** In Contact and SDP: an address that the other side reaches. */
  readonly address: string;
  readonly sipPort: number;
  readonly rtpPort: number;
}

export interface ResponderPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: Udp;
  readonly tcp: Tcp;
  /** Begins to count RTP by its marks; null where that cannot be. */
  readonly countDscp?: (rtpPort: number) => Promise<DscpCounter | null>;
}

/** What was heard, for the line that a person sees. */
export interface ResponderCounts {
  readonly answered: number;
  /** Requests and packets of hosts that did not say a token back. */
  readonly ignored: number;
  readonly calls: number;
  readonly rtpPackets: number;
}

interface Heard {
  readonly stream: FarStream;
  readonly host: string;
  lastMs: number;
  /** Where its reports go; null until a sender report came. */
  rtcp: Address | null;
  lastReportMs: number;
}

export class Responder {
  readonly #options: ResponderOptions;
  readonly #ports: ResponderPorts;
  readonly #handshake: Handshake;
  readonly #strangers = new RateGate(STRANGER_INTERVAL_MS);
  readonly #streams = new Map<string, Heard>();
  readonly #connections = new Set<TcpStream>();
  readonly #ssrc: number;
  readonly #wallOriginMs: number;
  #answers: SipAnswers | null = null;
  #sockets: UdpSocket[] = [];
  #rtcp: UdpSocket | null = null;
  #listener: TcpListener | null = null;
  #timer: Timer | null = null;
  #dscp: DscpCounter | null = null;
  #dscpCounts: DscpCounts | null = null;
  #lastRtpMs = -Infinity;
  #lastDscpReadMs = -Infinity;
  #counts = { answered: 0, ignored: 0, rtpPackets: 0 };

  constructor(options: ResponderOptions, ports: ResponderPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#handshake = new Handshake(ports.random.bytes(32));
    this.#ssrc = new DataView(ports.random.bytes(4).buffer).getUint32(0);
    // Differences must be free of steps of the wall clock: it is read once.
    this.#wallOriginMs = ports.clock.wallTimeMs() - ports.clock.nowMs();
  }

  get counts(): ResponderCounts {
    return { ...this.#counts, calls: this.#answers?.callCount ?? 0 };
  }

  /** Resolves with the ports that it has. Rejects with a RecorderError when one cannot be had. */
  async start(): Promise<{ readonly sip: Address; readonly rtp: Address }> {
    const { bind, address, sipPort, rtpPort } = this.#options;
    const sip = await this.#bind(sipPort, (data, source) => this.#onSip(data, source));
    const rtp = await this.#bind(rtpPort, (data, source) => this.#onRtp(data, source));
    this.#rtcp = await this.#bind(rtp.local.port + 1, (data, from) => this.#onRtcp(data, from));
    const local = { host: bind, port: sip.local.port };
    this.#listener = await this.#listen(local);
    this.#dscp = (await this.#ports.countDscp?.(rtp.local.port)) ?? null;
    this.#dscpCounts = this.#dscp === null ? null : {};
    this.#answers = new SipAnswers({
      handshake: this.#handshake,
      local: { host: address, rtpPort: rtp.local.port },
      sip: { host: address, port: local.port },
      streamsOf: (host) => this.#streamsOf(host),
      dscpCounts: () => this.#dscpCounts,
      wallMs: () => this.#wallMs(),
    });
    this.#scheduleReports();
    return { sip: sip.local, rtp: rtp.local };
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    for (const socket of this.#sockets.splice(0)) socket.close();
    for (const connection of this.#connections) connection.destroy();
    await this.#dscp?.close();
    this.#dscp = null;
    await this.#listener?.close();
  }

  async #bind(
    port: number,
    onDatagram: (data: Uint8Array, source: Address) => void,
  ): Promise<UdpSocket> {
    const local = { host: this.#options.bind, port };
    try {
      const socket = await this.#ports.udp.bind(
        { local },
        { onDatagram, onError: () => undefined },
      );
      this.#sockets.push(socket);
      return socket;
    } catch (error) {
      await this.close();
      throw portError(error, `${local.host}:${port}`);
    }
  }

  async #listen(local: Address): Promise<TcpListener> {
    try {
      return await this.#ports.tcp.listen({ local }, (stream) => this.#accept(stream));
    } catch (error) {
      await this.close();
      throw portError(error, `tcp ${local.host}:${local.port}`);
    }
  }

  #wallMs(): number {
    return this.#wallOriginMs + this.#ports.clock.nowMs();
  }

  #onSip(data: Uint8Array, source: Address): void {
    const answer = this.#answer(data, { transport: "udp", source });
    if (answer !== null) this.#sockets[0]?.send(answer, source);
  }

  #answer(
    bytes: Uint8Array,
    from: { readonly transport: "udp" | "tcp"; readonly source: Address },
  ): Uint8Array | null {
    const { clock } = this.#ports;
    const nowMs = clock.nowMs();
    const wallMs = this.#wallMs();
    const message = parseMessage(bytes);
    if (!message.ok || message.value.kind !== "request") return null;
    const isKnown = this.#handshake.isKnown(from.source.host, nowMs);
    // A connection shows by itself that its address is no lie; a datagram does not.
    if (!isKnown && !this.#strangers.pass(nowMs)) return this.#ignore();
    const received = { request: message.value, bytes, ...from, nowMs, wallMs };
    const answer = this.#answers?.answer(received, isKnown) ?? null;
    if (answer === null && !isKnown) return this.#ignore();
    if (answer !== null) this.#counts.answered += 1;
    return answer;
  }

  #ignore(): null {
    this.#counts.ignored += 1;
    return null;
  }

  #accept(stream: TcpStream): TcpStreamDelegate {
    if (this.#connections.size >= MAXIMUM_CONNECTIONS) stream.destroy();
    else this.#connections.add(stream);
    const framing = new StreamFraming(SIP_PARSE_LIMITS);
    return {
      onData: (data) => {
        for (const output of framing.push(data)) {
          if (output.type === "damaged") return stream.destroy();
          if (output.type === "ping") continue;
          const from = { transport: "tcp", source: stream.remote } as const;
          const answer = this.#answer(output.bytes, from);
          if (answer !== null) stream.write(answer);
        }
      },
      onClose: () => void this.#connections.delete(stream),
    };
  }

  #onRtp(data: Uint8Array, source: Address): void {
    const nowMs = this.#ports.clock.nowMs();
    if (data.length < RTP_HEADER_BYTES || !this.#handshake.isKnown(source.host, nowMs)) {
      this.#ignore();
      return;
    }
    const ssrc = new DataView(data.buffer, data.byteOffset).getUint32(8);
    const key = `${source.host} ${ssrc}`;
    const heard = this.#streams.get(key) ?? this.#newStream(key, ssrc, source);
    if (heard === null) return;
    heard.lastMs = nowMs;
    this.#lastRtpMs = nowMs;
    this.#counts.rtpPackets += 1;
    heard.stream.onPacket(data, { nowMs, wallMs: this.#wallMs() });
  }

  #newStream(key: string, ssrc: number, source: Address): Heard | null {
    if (this.#streams.size >= MAXIMUM_STREAMS) return this.#ignore();
    const nowMs = this.#ports.clock.nowMs();
    const stream = new FarStream(ssrc, `${source.host}:${source.port}`);
    const heard = { stream, host: source.host, lastMs: nowMs, rtcp: null, lastReportMs: nowMs };
    this.#streams.set(key, heard);
    return heard;
  }

  #onRtcp(data: Uint8Array, source: Address): void {
    const nowMs = this.#ports.clock.nowMs();
    const packets = parseRtcp(data);
    if (!packets.ok || !this.#handshake.isKnown(source.host, nowMs)) {
      this.#ignore();
      return;
    }
    for (const packet of packets.value) {
      if (packet.type !== "senderReport") continue;
      const heard = this.#streams.get(`${source.host} ${packet.ssrc}`);
      if (heard === undefined) continue;
      heard.rtcp = source;
      heard.stream.onSenderReport(packet, nowMs);
    }
  }

  #streamsOf(host: string) {
    return [...this.#streams.values()]
      .filter((heard) => heard.host === host)
      .map(({ stream }) => stream.report());
  }

  #scheduleReports(): void {
    this.#timer = this.#ports.clock.setTimer("responder.reports", REPORT_TICK_MS, () => {
      const nowMs = this.#ports.clock.nowMs();
      this.#sendReports(nowMs);
      void this.#readDscp(nowMs);
      for (const { bytes, target } of this.#answers?.dueByes(nowMs) ?? []) {
        this.#sockets[0]?.send(bytes, target);
      }
      this.#scheduleReports();
    });
  }

  /** The last reading comes after the last packet. */
  async #readDscp(nowMs: number): Promise<void> {
    if (this.#dscp === null || nowMs - this.#lastDscpReadMs < DSCP_READ_MS) return;
    if (this.#lastRtpMs + 2 * DSCP_READ_MS < nowMs) return;
    this.#lastDscpReadMs = nowMs;
    this.#dscpCounts = (await this.#dscp.read()) ?? this.#dscpCounts;
  }

  #sendReports(nowMs: number): void {
    for (const [key, heard] of this.#streams) {
      if (nowMs - heard.lastMs > STREAM_IDLE_MS) this.#streams.delete(key);
      if (heard.rtcp === null || nowMs - heard.lastReportMs < REPORT_EVERY_MS) continue;
      // Nothing came since the last report: there is nothing to say.
      if (heard.lastMs < heard.lastReportMs) continue;
      heard.lastReportMs = nowMs;
      const blocks = [heard.stream.source.takeReportBlock(nowMs)];
      const cname = `responder@${this.#options.address}`;
      this.#rtcp?.send(serializeReceiverReport({ ssrc: this.#ssrc, blocks, cname }), heard.rtcp);
    }
  }
}

const PORT_ERRORS: Readonly<Record<string, ErrorCode>> = {
  EADDRINUSE: "PORT_IN_USE",
  EACCES: "PORT_NOT_PERMITTED",
  EADDRNOTAVAIL: "ADDRESS_NOT_LOCAL",
};

function portError(error: unknown, place: string): unknown {
  const code = PORT_ERRORS[systemCode(error) ?? ""];
  return code === undefined ? error : new RecorderError(code, place, { cause: error });
}
