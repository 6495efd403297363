// A recorder for the tests of the SIP caller: answers as told, in the virtual world. It builds its
// messages from the simulator's own codec; judging the real recorder is the scenarios' work.
import type { Address, TcpStream, TcpStreamDelegate, UdpSocket } from "@tapeline/recorder/ports";
import { SipCaller } from "../../src/pbx/sip-caller.ts";
import type {
  RecordingLeg,
  RecordingLegRequest,
  SipCallerOptions,
} from "../../src/pbx/recording-leg.ts";
import type { SipOddities } from "../../src/pbx/sip-oddities.ts";
import { responseTo } from "../../src/pbx/sip-responses.ts";
import type { ResponseParts } from "../../src/pbx/sip-responses.ts";
import type { SipTarget } from "../../src/pbx/sip-transport.ts";
import { parseRtp } from "../../src/wire/rtp.ts";
import type { RtpPacket } from "../../src/wire/rtp.ts";
import { headerValue, parseSip, serializeSip, SipFramer } from "../../src/wire/sip.ts";
import type { SipHeader, SipMessage, SipRequest, SipResponse } from "../../src/wire/sip.ts";
import { parseNameAddress } from "../../src/wire/sip-values.ts";
import { makeVirtualCertificate, World } from "../../src/world/index.ts";
import type { VirtualProcess } from "../../src/world/index.ts";

const encoder = new TextEncoder();

export interface ReceivedPacket {
  readonly atMs: number;
  readonly source: Address;
  readonly packet: RtpPacket;
}

export type Reply = ResponseParts | null;

/** What the recorder says to each request; a test replaces what it is about. */
export interface Script {
  invite: (request: SipRequest, count: number) => readonly Reply[];
  other: (request: SipRequest, count: number) => Reply;
  answerAfterMs: number;
  /** Repeats a 2xx every 500 ms until its ACK comes. */
  repeatsUntilAck: boolean;
}

export class ScriptedRecorder {
  readonly requests: SipRequest[] = [];
  readonly responses: SipResponse[] = [];
  readonly packets: ReceivedPacket[] = [];
  readonly rtcp: { readonly atMs: number; readonly data: Uint8Array; readonly source: Address }[] =
    [];
  readonly script: Script;
  readonly process: VirtualProcess;
  readonly #world: World;
  #sip: UdpSocket | null = null;
  rtcpSocket: UdpSocket | null = null;
  rtpSocket: UdpSocket | null = null;
  #stream: TcpStream | null = null;
  #acknowledged = new Set<string>();
  #sdpVersion = 1;
  /** The first INVITE's dialog, for requests of the recorder. */
  dialog: { request: SipRequest; source: SipTarget } | null = null;

  constructor(world: World) {
    this.#world = world;
    this.process = world.host("recorder", "192.0.2.10").boot("recorder");
    this.script = {
      invite: () => [{ status: 100, reason: "Trying" }, this.ok()],
      other: () => ({ status: 200, reason: "OK" }),
      answerAfterMs: 5,
      repeatsUntilAck: false,
    };
  }

  async start(): Promise<void> {
    const { udp, tcp } = this.process.ports;
    const host = "192.0.2.10";
    const onError = (): void => undefined;
    this.#sip = await udp.bind(
      { local: { host, port: 5060 } },
      {
        onDatagram: (data, source) => this.#onData(data, { transport: "udp", ...source }),
        onError,
      },
    );
    this.rtpSocket = await udp.bind(
      { local: { host, port: 40_000 } },
      { onDatagram: (data, source) => this.#onRtp(data, source), onError },
    );
    this.rtcpSocket = await udp.bind(
      { local: { host, port: 40_001 } },
      {
        onDatagram: (data, source) => this.rtcp.push({ atMs: this.#world.nowMs(), data, source }),
        onError,
      },
    );
    const onStream = (stream: TcpStream): TcpStreamDelegate => {
      this.#stream = stream;
      const framer = new SipFramer();
      const transport = stream.secure ? "tls" : "tcp";
      const source: SipTarget = { transport, ...stream.remote };
      return {
        onData: (data) => {
          for (const message of framer.push(data)) {
            if (message.ok) this.#onMessage(message.value, source);
          }
        },
        onClose: () => undefined,
      };
    };
    await tcp.listen({ local: { host, port: 5060 } }, onStream);
    const certificate = makeVirtualCertificate({ subject: "recorder", altNames: [host] });
    await tcp.listen({ local: { host, port: 5061 }, tls: { certificate } }, onStream);
  }

  ok(parts: Partial<ResponseParts> = {}, direction = "recvonly"): ResponseParts {
    return {
      status: 200,
      reason: "OK",
      toTag: "rec",
      body: this.sdp({ direction }),
      ...parts,
      headers: [
        {
          name: "Contact",
          value: this.contact(),
        },
        {
          name: "Allow",
          value: "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE",
        },
        {
          name: "Content-Type",
          value: "application/sdp",
        },
        ...(parts.headers ?? []),
      ],
    };
  }

  contact(): string {
    return "<sip:recorder@192.0.2.10:5060>";
  }

  sdp(options: { direction?: string; payloadType?: number; version?: number } = {}): Uint8Array {
    const lines = [
      "v=0",
      `o=- 77 ${options.version ?? this.#sdpVersion} IN IP4 192.0.2.10`,
      "s=-",
      "c=IN IP4 192.0.2.10",
      "t=0 0",
      `m=audio 40000 RTP/AVP ${options.payloadType ?? 0}`,
      `a=${options.direction ?? "recvonly"}`,
    ];
    return encoder.encode(`${lines.join("\r\n")}\r\n`);
  }

  nextSdpVersion(): void {
    this.#sdpVersion += 1;
  }

  methods(): string[] {
    return this.requests.map((request) => request.method);
  }

  /** Sends a request of the recorder within the first dialog. */
  request(method: string, sequence: number, changes: Partial<SipRequest> = {}): void {
    const { request, source } = this.dialog!;
    const contact = parseNameAddress(headerValue(request, "Contact") ?? "");
    const headers: SipHeader[] = [
      {
        name: "Via",
        value: `SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK${method}${sequence};rport`,
      },
      { name: "Max-Forwards", value: "70" },
      { name: "From", value: `${headerValue(request, "To")};tag=rec` },
      { name: "To", value: headerValue(request, "From")! },
      { name: "Call-ID", value: headerValue(request, "Call-ID")! },
      { name: "CSeq", value: `${sequence} ${method}` },
    ];
    const uri = contact.ok ? contact.value.uriText : "";
    const body = new Uint8Array(0);
    this.send({ type: "request", method, uri, headers, body, ...changes }, source);
  }

  send(message: SipMessage, target: SipTarget): void {
    const bytes = serializeSip(message);
    if (target.transport === "udp") this.#sip?.send(bytes, target);
    else this.#stream?.write(bytes);
  }

  sendBytes(text: string, target: Address): void {
    this.#sip?.send(encoder.encode(text), target);
  }

  #onRtp(data: Uint8Array, source: Address): void {
    const packet = parseRtp(data);
    if (packet.ok) this.packets.push({ atMs: this.#world.nowMs(), source, packet: packet.value });
  }

  #onData(data: Uint8Array, source: SipTarget): void {
    const message = parseSip(data);
    if (message.ok) this.#onMessage(message.value, source);
  }

  #onMessage(message: SipMessage, source: SipTarget): void {
    if (message.type === "response") {
      this.responses.push(message);
      return;
    }
    this.requests.push(message);
    const count = this.requests.filter(({ method }) => method === message.method).length;
    if (message.method === "ACK") {
      this.#acknowledged.add(headerValue(message, "CSeq")!.replace("ACK", "INVITE"));
    } else if (message.method === "INVITE") {
      this.dialog ??= { request: message, source };
      this.#answerInvite(message, source, this.script.invite(message, count));
    } else {
      const reply = this.script.other(message, count);
      if (reply !== null) this.send(responseTo(message, source, reply), source);
    }
  }

  #answerInvite(request: SipRequest, source: SipTarget, replies: readonly Reply[]): void {
    const { clock } = this.process.ports;
    for (const reply of replies) {
      if (reply === null) continue;
      const response = responseTo(request, source, reply);
      if (reply.status < 200) {
        this.send(response, source);
        continue;
      }
      clock.setTimer("recorder.answer", this.script.answerAfterMs, () => {
        this.send(response, source);
        if (this.script.repeatsUntilAck) this.#repeat(response, source);
      });
    }
  }

  #repeat(response: SipResponse, source: SipTarget): void {
    this.process.ports.clock.setTimer("recorder.timerG", 500, () => {
      if (this.#acknowledged.has(headerValue(response, "CSeq")!)) return;
      this.send(response, source);
      this.#repeat(response, source);
    });
  }
}

/** A world with a PBX and a scripted recorder; what a test sets is what it is about. */
export class Stage {
  readonly world: World;
  readonly recorder: ScriptedRecorder;
  readonly caller: SipCaller;
  readonly pbx: VirtualProcess;
  readonly observed: { readonly direction: "in" | "out"; readonly text: string }[] = [];
  readonly news: string[] = [];
  voices: readonly number[] = [1, 2];

  private constructor(world: World, options: Partial<SipCallerOptions>) {
    this.world = world;
    this.recorder = new ScriptedRecorder(world);
    this.pbx = world.host("pbx", "192.0.2.1").boot("pbx");
    const { clock, random, udp, tcp } = this.pbx.ports;
    this.caller = new SipCaller(
      {
        bindHost: "192.0.2.1",
        sipPort: 5060,
        rtpPortBase: 0,
        giveUpMs: 4e3,
        keepPayloads: true,
        ...options,
      },
      { clock, random, udp, tcp },
      { onSip: (message) => this.observed.push(message), onDevLink3: () => undefined },
    );
  }

  static async open(options: Partial<SipCallerOptions> = {}, seed = "stage"): Promise<Stage> {
    const stage = new Stage(new World({ seed, trace: "hash" }), options);
    let isReady = false;
    void Promise.all([stage.recorder.start(), stage.caller.start()]).then(() => (isReady = true));
    await stage.world.runUntil(() => isReady, 1000);
    return stage;
  }

  dial(
    oddities: Partial<SipOddities> = {},
    request: Partial<RecordingLegRequest> = {},
  ): RecordingLeg {
    Object.assign(this.caller.oddities, oddities);
    return this.caller.dial(
      {
        conversation: 7,
        streamId: "s1",
        recorderUri: "sip:s1@192.0.2.10:5060",
        node: "c0a80a01",
        callId: 23,
        endId: "c0a80a01000003f4",
        extension: "2001",
        correlationData: null,
        audience: { voices: () => this.voices },
        ...request,
      },
      {
        onAnswered: () => this.news.push("answered"),
        onFailed: (status, reason) => this.news.push(`failed ${status} ${reason}`),
        onEnded: (by) => this.news.push(`ended ${by}`),
      },
    );
  }

  async until(condition: () => boolean, limitMs = 5000): Promise<boolean> {
    return this.world.runUntil(condition, limitMs);
  }

  async close(): Promise<void> {
    let isClosed = false;
    void this.caller.close().then(() => (isClosed = true));
    await this.world.runUntil(() => isClosed, 1000);
  }
}
