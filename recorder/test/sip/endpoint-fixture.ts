// An endpoint on fake ports, a recording that answers as told, and a caller that writes its
// messages by hand (never with the codec under test).
import { Metrics } from "../../src/metrics.ts";
import type { Address } from "../../src/ports/index.ts";
import type { SessionDescription } from "../../src/sdp/session-description.ts";
import {
  SipEndpoint,
  SIP_ENDPOINT_LIMITS,
  type SipEndpointOptions,
} from "../../src/sip/endpoint.ts";
import type { SessionEnd, SipSession, WireMessage } from "../../src/sip/session.ts";
import { SIP_TIMERS } from "../../src/sip/sip-timers.ts";
import {
  countingRandom,
  FakeTcp,
  FakeUdp,
  TestClock,
  TestLogger,
  type Sent,
} from "./fake-ports.ts";

export const CALLER: Address = { host: "192.0.2.1", port: 5070 };
export const SDP = [
  "v=0",
  "o=pbx 1 1 IN IP4 192.0.2.1",
  "s=-",
  "c=IN IP4 192.0.2.1",
  "t=0 0",
  "m=audio 46750 RTP/AVP 0 8",
  "a=sendonly",
  "",
].join("\r\n");
export const OUR_SDP = SDP.replaceAll("192.0.2.1", "192.0.2.10");

/** What a session told its delegate. */
export class SessionLog {
  readonly messages: WireMessage[] = [];
  readonly events: string[] = [];
  readonly offers: (SessionDescription | null)[] = [];
  readonly answers: SessionDescription[] = [];
  readonly ends: SessionEnd[] = [];
  reofferAnswer: { readonly sdp: string } | { readonly status: number } = { sdp: OUR_SDP };

  follow(session: SipSession): void {
    session.delegate = {
      onMessage: (message) => {
        this.messages.push(message);
        this.events.push(`${message.direction} ${firstLine(message.text)}`);
      },
      onConfirmed: () => this.events.push("confirmed"),
      onReoffer: (offer) => {
        this.offers.push(offer);
        this.events.push("reoffer");
        return this.reofferAnswer;
      },
      onAnswer: (answer) => {
        this.answers.push(answer);
        this.events.push("answer");
      },
      onEnded: (end) => {
        this.ends.push(end);
        this.events.push(`ended ${end.cause}`);
      },
    };
  }
}

export interface Fixture {
  readonly clock: TestClock;
  readonly udp: FakeUdp;
  readonly tcp: FakeTcp;
  readonly log: TestLogger;
  readonly metrics: Metrics;
  readonly endpoint: SipEndpoint;
  readonly sessions: SipSession[];
  readonly logs: SessionLog[];
  readonly strangers: Address[];
  /** Delivers a datagram of the caller and returns what came back at once. */
  send(text: string | Uint8Array, source?: Address): Sent[];
  first(): { session: SipSession; log: SessionLog };
}

export function makeFixture(
  options: Partial<SipEndpointOptions> & {
    onInvite?: (session: SipSession, log: SessionLog) => void;
  } = {},
): Fixture {
  const { onInvite, ...overrides } = options;
  const clock = new TestClock();
  const udp = new FakeUdp(clock);
  const tcp = new FakeTcp();
  const log = new TestLogger();
  const metrics = new Metrics();
  const sessions: SipSession[] = [];
  const logs: SessionLog[] = [];
  const strangers: Address[] = [];
  const endpoint = new SipEndpoint(
    {
      bindHost: "192.0.2.10",
      port: 5060,
      transports: ["udp"],
      advertisedHost: "192.0.2.10",
      allow: [CALLER.host],
      limits: SIP_ENDPOINT_LIMITS,
      timers: SIP_TIMERS,
      ...overrides,
    },
    { clock, random: countingRandom(), udp, tcp, log, metrics },
    {
      onInvite: (session) => {
        const sessionLog = new SessionLog();
        sessionLog.follow(session);
        sessions.push(session);
        logs.push(sessionLog);
        if (onInvite === undefined) session.accept(OUR_SDP);
        else onInvite(session, sessionLog);
      },
      onSourceRefused: (source) => strangers.push(source),
    },
  );
  return {
    clock,
    udp,
    tcp,
    log,
    metrics,
    endpoint,
    sessions,
    logs,
    strangers,
    send: (text, source = CALLER) => {
      udp.take();
      udp.receive(text, source);
      return udp.take();
    },
    first: () => {
      const [session] = sessions;
      const [sessionLog] = logs;
      if (session === undefined || sessionLog === undefined) throw new Error("no session yet");
      return { session, log: sessionLog };
    },
  };
}

export interface RequestParts {
  readonly branch?: string;
  readonly cseq?: number;
  readonly callId?: string;
  readonly toTag?: string | null;
  readonly fromTag?: string;
  readonly uri?: string;
  readonly via?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly contentType?: string;
}

let branches = 0;

/** A request of the caller, by hand. */
export function request(method: string, parts: RequestParts = {}): string {
  const branch = parts.branch ?? `z9hG4bKcaller${++branches}`;
  const toTag = parts.toTag === undefined || parts.toTag === null ? "" : `;tag=${parts.toTag}`;
  const body = parts.body ?? "";
  const lines = [
    `${method} ${parts.uri ?? "sip:stream1@192.0.2.10"} SIP/2.0`,
    `Via: ${parts.via ?? `SIP/2.0/UDP 192.0.2.1:5070;rport;branch=${branch}`}`,
    `From: "Extn 201" <sip:201@192.0.2.1>;tag=${parts.fromTag ?? "caller"}`,
    `To: <sip:stream1@192.0.2.10>${toTag}`,
    `Call-ID: ${parts.callId ?? "call-1"}`,
    `CSeq: ${parts.cseq ?? 1} ${method}`,
    "Max-Forwards: 70",
    ...(method === "INVITE" ? ["Contact: <sip:pbx@192.0.2.1:5070>"] : []),
    ...(parts.headers ?? []),
    ...(body === "" ? [] : [`Content-Type: ${parts.contentType ?? "application/sdp"}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ];
  return lines.join("\r\n");
}

export function invite(parts: RequestParts = {}): string {
  return request("INVITE", { branch: "z9hG4bKinvite", body: SDP, ...parts });
}

/** An answer of the caller to a request of ours, by hand. */
export function answerTo(text: string, status: string, headers: readonly string[] = []): string {
  const copied = text.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
  return [`SIP/2.0 ${status}`, ...copied, ...headers, "Content-Length: 0", "", ""].join("\r\n");
}

export function firstLine(text: string): string {
  return text.split("\r\n")[0] ?? "";
}

/** The value of the first header of that name in wire text. */
export function wireHeader(text: string, name: string): string | null {
  const line = text.split("\r\n").find((candidate) => candidate.startsWith(`${name}: `));
  return line?.slice(name.length + 2) ?? null;
}

export function tagOf(text: string): string {
  return /;tag=([^;\s]+)/.exec(wireHeader(text, "To") ?? "")?.[1] ?? "";
}

/** Start lines of what was sent. */
export function lines(sent: readonly Sent[]): string[] {
  return sent.map(({ text }) => firstLine(text));
}

/** Sets up a call: INVITE, 200, ACK. Returns our tag. */
export function establish(fixture: Fixture, parts: RequestParts = {}): string {
  const [ok] = fixture.send(invite(parts));
  const toTag = tagOf(ok?.text ?? "");
  fixture.send(request("ACK", { ...parts, branch: "z9hG4bKack", toTag, body: "", headers: [] }));
  return toTag;
}
