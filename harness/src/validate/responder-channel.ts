// Our end of the responder's channel: OPTIONS with X-Tapeline-Responder, a token first, then
// questions. A reading of its own of what recorder/src/responder says. T3
import { headerValue, type SipHeader, type SipResponse } from "@tapeline/simulator/client";
import type { DscpCounts } from "./judge-dscp.ts";
import type { ProbeContext } from "./probe.ts";
import { SipClient } from "./sip-client.ts";
import { paddedExactly, PURPOSE_HEADER } from "./sip-request.ts";
import { until } from "./waiting.ts";

const HEADER = "X-Tapeline-Responder";
/** A stranger's question must be at least as long as its answer. */
const REQUEST_BYTES = 900;
const ANSWER_LIMIT_MS = 4_000;

/** A request as the responder received it. */
export interface SeenByResponder {
  readonly source: string;
  readonly via: string | null;
  readonly contact: string | null;
  readonly sdp: string;
}

/** A stream as the responder heard it. */
export interface FarStream {
  readonly ssrc: number;
  readonly received: number;
  readonly expected: number;
  readonly lost: number;
  readonly outOfOrder: number;
  readonly lossRuns: number;
  readonly longestRun: number;
  readonly jitterMs: number;
  readonly transitMs: { readonly minimum: number; readonly mean: number } | null;
}

/** The four stamps of one exchange, ours monotonic, theirs of their wall clock. RFC 5905 §8 */
export interface FourStamps {
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
  readonly t4: number;
}

interface Answer {
  readonly words: ReadonlyMap<string, string>;
  readonly body: unknown;
  readonly sentMs: number;
  readonly arrivedMs: number;
}

export interface Asked {
  readonly via: string;
  readonly contact: string;
  readonly sdp: string;
}

export class ResponderChannel {
  readonly client: SipClient;
  readonly #context: ProbeContext;
  #token: string | null = null;

  constructor(context: ProbeContext) {
    const { options, ports } = context;
    const { recorder } = options.target;
    this.#context = context;
    this.client = new SipClient(
      { localHost: options.localHost, port: 0, recorderUser: recorder.user },
      ports,
    );
  }

  /** False when there is no responder. */
  async open(): Promise<boolean> {
    await this.client.start();
    const first = await this.#ask("want=token");
    this.#token = first?.words.get("token") ?? null;
    return this.#token !== null && (await this.#ask("want=nothing")) !== null;
  }

  async stamps(): Promise<FourStamps | null> {
    const answer = await this.#ask("want=time");
    const [t2, t3] = ["t2", "t3"].map((name) => Number(answer?.words.get(name) ?? Number.NaN));
    if (answer === null || t2 === undefined || t3 === undefined) return null;
    if (!Number.isFinite(t2) || !Number.isFinite(t3)) return null;
    return { t1: answer.sentMs, t2, t3, t4: answer.arrivedMs };
  }

  /** What it saw of a request with this SDP, and what we sent; null without an answer. */
  async echo(sdp: string): Promise<{ sent: Asked; seen: SeenByResponder } | null> {
    const sent: Asked = { via: "", contact: "", sdp };
    const answer = await this.#ask("want=echo", { sdp, sent });
    const seen = (answer?.body as { readonly seen?: SeenByResponder } | null)?.seen;
    return seen === undefined ? null : { sent, seen };
  }

  /** What it saw of an INVITE of ours; null when it knows no such call. */
  async invite(callId: string): Promise<SeenByResponder | null> {
    const answer = await this.#ask(`want=call;id=${callId}`);
    return (answer?.body as { readonly seen?: SeenByResponder | null } | null)?.seen ?? null;
  }

  /** RTP that has arrived there, by its mark; null = it cannot count. */
  async dscp(): Promise<DscpCounts | null> {
    const answer = await this.#ask("want=dscp");
    return (answer?.body as { readonly counts?: DscpCounts | null } | null)?.counts ?? null;
  }

  /** All streams of this host. */
  async streams(): Promise<FarStream[]> {
    const all: FarStream[] = [];
    for (;;) {
      const answer = await this.#ask(`want=streams;from=${all.length}`);
      const page = answer?.body as { count?: number; streams?: FarStream[] } | null | undefined;
      const streams = page?.streams ?? [];
      all.push(...streams);
      if (streams.length === 0 || all.length >= (page?.count ?? 0)) return all;
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }

  async #ask(
    words: string,
    extra?: { readonly sdp: string; readonly sent: Asked },
  ): Promise<Answer | null> {
    const { recorder } = this.#context.options.target;
    const { clock } = this.#context.ports;
    const target = { transport: "udp", host: recorder.host, port: recorder.port } as const;
    const dialog = this.client.dialog(target, "Tapeline validation");
    const sentMs = clock.nowMs();
    const token = this.#token === null ? "" : `token=${this.#token};`;
    const headers: SipHeader[] = [
      PURPOSE_HEADER,
      { name: HEADER, value: `1;${token}t1=${sentMs.toFixed(3)};${words}` },
    ];
    const sdp = extra === undefined ? {} : { sdp: new TextEncoder().encode(extra.sdp) };
    const request = paddedExactly(dialog.request("OPTIONS", { headers, ...sdp }), REQUEST_BYTES);
    if (extra !== undefined) {
      Object.assign(extra.sent, {
        via: headerValue(request, "Via") ?? "",
        contact: headerValue(request, "Contact") ?? "",
      });
    }
    let answer: { response: SipResponse; arrivedMs: number } | null = null;
    let isOver = false;
    this.client.transactions.send(request, target, {
      onResponse: (response) => {
        if (response.status >= 200) answer ??= { response, arrivedMs: clock.nowMs() };
      },
      onTimeout: () => void (isOver = true),
      onTransportError: () => void (isOver = true),
      onAcknowledge: () => true,
      onTerminated: () => undefined,
    });
    await until(clock, () => answer !== null || isOver, ANSWER_LIMIT_MS);
    return answer === null ? null : read(answer, sentMs);
  }
}

function read(
  { response, arrivedMs }: { readonly response: SipResponse; readonly arrivedMs: number },
  sentMs: number,
): Answer | null {
  const value = headerValue(response, HEADER);
  if (value === null) return null;
  const words = new Map(
    value.split(";").map((pair) => {
      const [name = "", ...rest] = pair.split("=");
      return [name.trim(), rest.join("=")] as const;
    }),
  );
  return { words, body: bodyOf(response), sentMs, arrivedMs };
}

function bodyOf({ body }: SipResponse): unknown {
  if (body.length === 0) return null;
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
