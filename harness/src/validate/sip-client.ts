// One SIP place of the laptop: a UDP port with a TCP listener beside it, its transactions, and the
// calls on it. Built of the simulated IP Office's own parts, so that what a recorder meets here is
// what it will meet there. Owns its calls; probe-call.ts is one of them.  RFC 3261 §8.1, §11
import type { Address } from "@tapeline/recorder/ports";
import {
  headerValue,
  LegDialog,
  PbxChance,
  responseTo,
  RFC_3261_TIMERS,
  SipResponses,
  SipTransactions,
  SipTransport,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipTarget,
} from "@tapeline/simulator/client";
import { ProbeCall, type CallHome, type CallPlan } from "./probe-call.ts";
import type { ValidatePorts } from "./probe.ts";
import { paddedExactly, PURPOSE_HEADER, sizeOf } from "./sip-request.ts";

const CONNECT_LIMIT_MS = 4_000;

export interface SipClientOptions {
  /** Our address on the way to the recorder: in Via, Contact and SDP. */
  readonly localHost: string;
  /** 0 = any. */
  readonly port: number;
  /** User part of the request URI. */
  readonly recorderUser: string;
}

/** What came of a request outside a dialog. */
export interface OptionsAnswer {
  readonly request: SipRequest;
  readonly sentBytes: number;
  response: SipResponse | null;
  source: SipTarget | null;
  roundTripMs: number | null;
  /** Why nothing can come any more: no connection, no answer in time. */
  trouble: string | null;
}

export class SipClient implements CallHome {
  readonly ports: ValidatePorts;
  readonly localHost: string;
  readonly transactions: SipTransactions;
  readonly transport: SipTransport;
  readonly chance: PbxChance;
  readonly #responses: SipResponses;
  readonly #recorderUser: string;
  readonly #calls = new Map<string, ProbeCall>();
  /** Where the last message of a Call-ID came from. */
  readonly #sources = new Map<string, SipTarget>();

  constructor(options: SipClientOptions, ports: ValidatePorts) {
    this.ports = ports;
    this.localHost = options.localHost;
    this.#recorderUser = options.recorderUser;
    this.chance = new PbxChance(ports.random);
    this.transport = new SipTransport(
      {
        bindHost: options.localHost,
        port: options.port,
        connectTimeoutMs: CONNECT_LIMIT_MS,
        // The certificate is judged by a probe of its own; here the way is tried.
        tls: { verify: false },
      },
      ports,
      {
        observer: { onSip: () => undefined, onDevLink3: () => undefined },
        delegate: {
          onMessage: (message, source) => this.#onMessage(message, source),
          onGarbage: () => undefined,
          onTransportError: (target, detail) => this.transactions.onTransportError(target, detail),
        },
      },
    );
    this.transactions = new SipTransactions(RFC_3261_TIMERS, ports.clock, this.transport);
    this.#responses = new SipResponses(RFC_3261_TIMERS, ports.clock, this.transport);
  }

  /** Rejects when the port cannot be had. */
  start(): Promise<Address> {
    return this.transport.start();
  }

  /** The request URI for a place. */
  uriOf({ transport, host, port }: SipTarget): string {
    const literal = host.includes(":") ? `[${host}]` : host;
    const suffix = transport === "udp" ? "" : `;transport=${transport}`;
    return `sip:${this.#recorderUser}@${literal}:${port}${suffix}`;
  }

  dialog(target: SipTarget, displayName: string): LegDialog {
    return new LegDialog({
      callId: `${this.chance.token(24)}@${this.localHost}`,
      recorderUri: this.uriOf(target),
      extension: "validation",
      target,
      local: { host: this.localHost, port: this.transport.localPort(target.transport) },
      chance: this.chance,
      displayName,
    });
  }

  /** Sends OPTIONS, padded to `sizeBytes` where that is more. The answer fills in as it comes. */
  options(target: SipTarget, sizeBytes = 0): OptionsAnswer {
    const { clock } = this.ports;
    const dialog = this.dialog(target, "Tapeline validation");
    const plain = dialog.request("OPTIONS", { headers: [PURPOSE_HEADER] });
    const request = paddedExactly(plain, sizeBytes);
    const answer: OptionsAnswer = {
      request,
      sentBytes: Math.max(sizeBytes, sizeOf(request)),
      response: null,
      source: null,
      roundTripMs: null,
      trouble: null,
    };
    const sentMs = clock.nowMs();
    this.transactions.send(request, target, {
      onResponse: (response) => {
        if (response.status < 200 || answer.response !== null) return;
        answer.response = response;
        answer.source = this.sourceOf(dialog.callId);
        answer.roundTripMs = clock.nowMs() - sentMs;
      },
      onTimeout: () => void (answer.trouble ??= "no answer in 32 s"),
      onTransportError: (detail) => void (answer.trouble ??= detail),
      onAcknowledge: () => true,
      onTerminated: () => undefined,
    });
    return answer;
  }

  /** A call; it sends its INVITE at once. */
  call(plan: CallPlan): ProbeCall {
    const call = new ProbeCall(this, plan);
    this.#calls.set(call.dialog.callId, call);
    call.invite();
    return call;
  }

  sourceOf(callId: string): SipTarget | null {
    return this.#sources.get(callId) ?? null;
  }

  async close(): Promise<void> {
    for (const call of this.#calls.values()) call.forget();
    this.#calls.clear();
    this.transactions.close();
    this.#responses.close();
    await this.transport.close();
  }

  #onMessage(message: SipMessage, source: SipTarget): void {
    const callId = headerValue(message, "Call-ID") ?? "";
    this.#sources.set(callId, source);
    if (message.type === "response") {
      this.transactions.onResponse(message);
      return;
    }
    if (message.method === "ACK") {
      this.#responses.onAcknowledge(message);
      return;
    }
    this.#responses.answer(message, source, () => this.#decide(message, source));
  }

  #decide(request: SipRequest, source: SipTarget): SipResponse | null {
    const call = this.#calls.get(headerValue(request, "Call-ID") ?? "");
    if (call !== undefined) return call.onRequest(request, source);
    const isOptions = request.method === "OPTIONS";
    return responseTo(request, source, {
      status: isOptions ? 200 : 481,
      reason: isOptions ? "OK" : "Call/Transaction Does Not Exist",
      toTag: "validate",
    });
  }
}
