// The SIP side of the simulated IP Office: dials recording legs, paces their RTP, answers what the
// recorder sends, and writes down where the recorder breaks a rule.
// Owns transport, transactions, pacer and all legs; recording-call.ts is one leg.
import { headerValue, headerValues } from "../wire/sip.ts";
import type { SipMessage, SipRequest, SipResponse } from "../wire/sip.ts";
import type { CallEnvironment } from "./call-environment.ts";
import { targetOf } from "./leg-dialog.ts";
import { LineProbes } from "./line-probes.ts";
import { PbxChance } from "./pbx-chance.ts";
import type { PbxObserver, PbxPorts } from "./ports.ts";
import { RecordingCall } from "./recording-call.ts";
import type {
  RecordingLeg,
  RecordingLegDelegate,
  RecordingLegRequest,
  SipCallerOptions,
  SipCallerService,
} from "./recording-leg.ts";
import { RtpPacer } from "./rtp-pacer.ts";
import { RtpPorts } from "./rtp-ports.ts";
import { RFC_3261_TIMERS } from "./sip-client-transaction.ts";
import { NO_SIP_ODDITIES, odditiesOfLeg, type SipOddities } from "./sip-oddities.ts";
import { ALLOW, SipResponses, responseTo } from "./sip-responses.ts";
import { SipTransactions } from "./sip-transactions.ts";
import { SipTransport } from "./sip-transport.ts";
import type { SipTarget } from "./sip-transport.ts";

/** Violations kept; later ones are counted only. */
const MAX_VIOLATIONS = 1_000;
/** The tag's field for the leg number has 16 bits: the numbers begin anew after this. */
const MAX_LEG = 0xffff;

export class SipCaller implements SipCallerService {
  readonly oddities: SipOddities = { ...NO_SIP_ODDITIES };
  readonly #options: SipCallerOptions;
  readonly #transport: SipTransport;
  readonly #transactions: SipTransactions;
  readonly #responses: SipResponses;
  readonly #pacer: RtpPacer;
  readonly #environment: CallEnvironment;
  readonly #probes: LineProbes;
  readonly #calls = new Map<string, RecordingCall>();
  /** Call-IDs of INVITEs that failed with their stream. */
  readonly #lostInvites = new Set<string>();
  readonly #preparing = new Set<Promise<void>>();
  readonly #violations: string[] = [];
  #violationCount = 0;
  #legs = 0;
  #packetsOfEndedLegs = 0;
  #isClosed = false;
  #isDown = false;

  constructor(options: SipCallerOptions, ports: PbxPorts, observer: PbxObserver) {
    this.#options = options;
    const { clock } = ports;
    this.#transport = new SipTransport(
      {
        bindHost: options.bindHost,
        port: options.sipPort,
        connectTimeoutMs: options.giveUpMs,
        pieceBytes: () => this.oddities.splitSipBytes,
        tls: options.tls ?? {},
      },
      ports,
      {
        observer,
        delegate: {
          onMessage: (message, source) => this.#onMessage(message, source),
          onGarbage: (detail, source) =>
            this.#violate(`${source.host}:${source.port} sends what is no SIP message: ${detail}`),
          onTransportError: (target, detail) => this.#transactions.onTransportError(target, detail),
        },
      },
    );
    this.#transactions = new SipTransactions(RFC_3261_TIMERS, clock, this.#transport);
    this.#responses = new SipResponses(RFC_3261_TIMERS, clock, this.#transport);
    this.#pacer = new RtpPacer(clock);
    this.#environment = this.#buildEnvironment(ports);
    this.#probes = new LineProbes({
      everySeconds: options.probeSeconds ?? null,
      clock,
      transactions: this.#transactions,
      isBusy: () => [...this.#calls.values()].some(({ truth }) => truth.endedMs === null),
      chance: () => new PbxChance(ports.random),
      local: ({ host, transport }) => ({
        host: this.#localHost(host),
        port: this.#transport.localPort(transport),
      }),
      violation: (text) => this.#violate(text),
    });
  }

  /** Opens the SIP port. Rejects as `Udp.bind` does. */
  async start(): Promise<{ host: string; port: number }> {
    const { host, port } = await this.#transport.start();
    return { host, port };
  }

  dial(request: RecordingLegRequest, delegate: RecordingLegDelegate): RecordingLeg {
    this.#legs += 1;
    const call = new RecordingCall(this.#environment, {
      leg: ((this.#legs - 1) % MAX_LEG) + 1,
      request,
      oddities: odditiesOfLeg(this.oddities),
      delegate,
    });
    this.#calls.set(call.truth.sipCallId, call);
    const line = targetOf(request.recorderUri);
    if (line !== null) this.#probes.watch(line);
    const preparing = call.prepare().finally(() => this.#preparing.delete(preparing));
    this.#preparing.add(preparing);
    return call;
  }

  lateness(): { readonly p99: number; readonly max: number } {
    return this.#pacer.lateness();
  }

  /** RTP packets handed to sockets, of legs ended and running; copies count, strays do not. */
  packetsSent(): number {
    let sum = this.#packetsOfEndedLegs;
    for (const call of this.#calls.values()) sum += call.packetsSent();
    return sum;
  }

  /** OPTIONS of ours that a recorder has answered. */
  probesAnswered(): number {
    return this.#probes.answered;
  }

  /** What the recorder did against the specifications, a sentence each. */
  violations(): readonly string[] {
    const unseen = this.#violationCount - this.#violations.length;
    return unseen === 0 ? [...this.#violations] : [...this.#violations, `and ${unseen} more`];
  }

  /** Legs that still have a dialog, a transaction or a socket. */
  openLegs(): number {
    return this.#calls.size;
  }

  /** Down: every leg is forgotten, the recorder hears nothing of it, and nothing is answered. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown;
    if (!isDown) return;
    for (const call of Array.from(this.#calls.values())) call.forget();
  }

  /** Releases everything; running legs end without another message. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls.values()) call.close();
    this.#calls.clear();
    this.#probes.close();
    this.#transactions.close();
    this.#responses.close();
    this.#pacer.close();
    await Promise.all(this.#preparing);
    await this.#transport.close();
  }

  #buildEnvironment(ports: PbxPorts): CallEnvironment {
    const { bindHost, rtpPortBase } = this.#options;
    return {
      options: this.#options,
      ports,
      transport: this.#transport,
      transactions: this.#transactions,
      pacer: this.#pacer,
      rtpPorts: new RtpPorts(ports.udp, { host: bindHost, basePort: rtpPortBase }),
      rtpTargets: new Map(),
      localHost: (remoteHost) => this.#localHost(remoteHost),
      violation: (text) => this.#violate(text),
      countPackets: (count) => {
        this.#packetsOfEndedLegs += count;
      },
      onGone: (sipCallId) => {
        this.#calls.delete(sipCallId);
      },
      onInviteLost: (sipCallId) => {
        this.#lostInvites.add(sipCallId);
      },
    };
  }

  /** The advertised address first: a wildcard tells a peer nothing, a NAT's inside no more. */
  #localHost(remoteHost: string): string {
    const { bindHost, advertisedHost } = this.#options;
    if (advertisedHost !== undefined) return advertisedHost;
    if (bindHost !== "0.0.0.0" && bindHost !== "::") return bindHost;
    return remoteHost === "::1" ? "::1" : "127.0.0.1";
  }

  #violate(text: string): void {
    this.#violationCount += 1;
    if (this.#violations.length < MAX_VIOLATIONS) this.#violations.push(text);
  }

  #onMessage(message: SipMessage, source: SipTarget): void {
    if (this.#isClosed || this.#isDown) return;
    const missing = ["Via", "From", "To", "Call-ID", "CSeq"].filter(
      (name) => headerValues(message, name).length === 0,
    );
    const title = message.type === "request" ? message.method : `a ${message.status}`;
    if (missing.length > 0) {
      // Whose line end was spoilt has swallowed the next header.
      const [callId] = /^[!-~]+/.exec(headerValue(message, "Call-ID") ?? "") ?? [];
      const name = callId ?? `${source.host}:${source.port}`;
      this.#violate(`${name}: ${title} lacks ${missing.join(", ")}`);
    } else if (message.type === "request") {
      this.#onRequest(message, source);
    } else if (!this.#transactions.onResponse(message)) {
      this.#onStrayResponse(message);
    }
  }

  /** A response without transaction is dropped; only one that answers nothing of ours is noted. */
  #onStrayResponse(response: SipResponse): void {
    const callId = headerValue(response, "Call-ID") ?? "";
    if (this.#calls.has(callId)) return;
    const isOfInvite = headerValue(response, "CSeq")?.endsWith(" INVITE") === true;
    if (isOfInvite && this.#lostInvites.has(callId)) return;
    this.#violate(`${callId}: ${response.status} belongs to no transaction`);
  }

  #onRequest(request: SipRequest, source: SipTarget): void {
    if (request.method === "ACK") {
      if (!this.#responses.onAcknowledge(request)) {
        this.#violate(
          `${headerValue(request, "Call-ID")}: ACK belongs to no INVITE of the recorder`,
        );
      }
      return;
    }
    this.#responses.answer(request, source, () => this.#decide(request, source));
  }

  #decide(request: SipRequest, source: SipTarget): SipResponse | null {
    const call = this.#calls.get(headerValue(request, "Call-ID") ?? "");
    if (call !== undefined) return call.onRequest(request, source);
    const toTag = "pbx";
    const allow = { name: "Allow", value: ALLOW };
    switch (request.method) {
      case "OPTIONS":
        return responseTo(request, source, { status: 200, reason: "OK", toTag, headers: [allow] });
      case "INVITE":
        // "The library never places or registers" a call (R2).
        this.#violate(`the recorder at ${source.host}:${source.port} places a call`);
        return responseTo(request, source, { status: 403, reason: "Forbidden", toTag });
      default: {
        const reason = "Call/Transaction Does Not Exist";
        return responseTo(request, source, { status: 481, reason, toTag });
      }
    }
  }
}
