// The SIP of a run as it was on the wire: in the virtual world each datagram with its sending and
// its arrivals, each message of a stream likewise; live what the IP Office saw. A reading of its
// own: a message is its start line and its header lines, nothing is decoded further than a checker
// needs.
import type { SipObservation } from "../environment/observations.ts";
import { isWireSeen, type RunRecord } from "../record/run-record.ts";

/** So long a message may wait for a stream that is being opened. */
export const CONNECT_MS = 4_000;

export interface WireMessage {
  readonly from: "pbx" | "recorder";
  readonly transport: "udp" | "tcp" | "tls";
  readonly sentMs: number;
  /** When its first copy arrived; null = never, or with other bytes. */
  readonly arrivedMs: number | null;
  /** It may have waited for its stream to open. */
  readonly hasWaited?: boolean;
  readonly startLine: string;
  /** null for responses. */
  readonly method: string | null;
  readonly requestUri: string;
  /** null for requests. */
  readonly status: number | null;
  readonly callId: string;
  readonly cseq: { readonly number: number; readonly method: string };
  readonly branch: string;
  readonly fromTag: string;
  readonly toTag: string;
  /** Header values by name; `header` and `headers` read them. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  readonly text: string;
}

/** Several checkers ask for them. */
const known = new WeakMap<RunRecord, readonly WireMessage[]>();

/** In the order of sending. */
export function wireMessages(record: RunRecord): readonly WireMessage[] {
  let messages = known.get(record);
  if (messages === undefined) known.set(record, (messages = readMessages(record)));
  return messages;
}

type Fates = RunRecord["fates"];
const knownFates = new WeakMap<Fates, Fates>();

/** Those of datagrams that are SIP: hardly any among the many of RTP, and asked for again. */
export function sipFates({ fates }: Pick<RunRecord, "fates">): Fates {
  let sip = knownFates.get(fates);
  if (sip === undefined) knownFates.set(fates, (sip = fates.filter(({ data }) => isSip(data))));
  return sip;
}

function readMessages(record: RunRecord): WireMessage[] {
  const pbxHost = record.sip[0]?.local.replace(/:\d+$/, "");
  const seesDatagrams = isWireSeen(record);
  const datagrams = sipFates(record).flatMap((fate): WireMessage[] => {
    const from = fate.from.host === pbxHost ? "pbx" : "recorder";
    // What reached the recorder with other bytes, nobody knows; what it sent, it sent.
    if (fate.corrupted && from === "pbx") return [];
    const isLost = fate.corrupted || fate.arrivalsMs.length === 0;
    const arrivedMs = isLost ? null : Math.min(...fate.arrivalsMs);
    const text = new TextDecoder().decode(fate.data);
    return [read(text, { from, transport: "udp", sentMs: fate.sentMs, arrivedMs })];
  });
  const { streamMessages } = record;
  const streams = streamMessages?.map(({ text, ...place }) => read(text, place)) ?? [];
  const seen = record.sip
    .filter(({ transport }) =>
      transport === "udp" ? !seesDatagrams : streamMessages === undefined,
    )
    .map((observation) => read(observation.text, placeOf(observation)));
  return [...datagrams, ...streams, ...seen].sort((left, right) => left.sentMs - right.sentMs);
}

/** Requests that reached the recorder with other bytes, as the IP Office had sent them. */
export function changedRequests(record: RunRecord): readonly WireMessage[] {
  return changedMessages(record).filter(({ method }) => method !== null);
}

/** When answers to a request of ours came with other bytes: such a one may be taken for one. */
export function changedAnswers(
  record: RunRecord,
  request: Pick<WireMessage, "branch" | "cseq">,
): readonly number[] {
  return changedMessages(record)
    .filter(({ status }) => status !== null)
    .filter((answer) => transactionKey(answer) === transactionKey(request))
    .flatMap(({ arrivedMs }) => (arrivedMs === null ? [] : [arrivedMs]));
}

/** What reached the recorder with other bytes, as the IP Office had sent it. */
function changedMessages(record: RunRecord): readonly WireMessage[] {
  const pbxHost = record.sip[0]?.local.replace(/:\d+$/, "");
  const changed = sipFates(record).filter(({ corrupted }) => corrupted);
  return changed.flatMap(({ data, from, sentMs, arrivalsMs }): WireMessage[] => {
    if (from.host !== pbxHost || arrivalsMs.length === 0) return [];
    const place = { from: "pbx", transport: "udp", sentMs } as const;
    const arrivedMs = Math.min(...arrivalsMs);
    return [read(new TextDecoder().decode(data), { ...place, arrivedMs })];
  });
}

/** When ACKs to this answer of ours came with other bytes. */
export function changedAcks(
  record: RunRecord,
  { callId, cseq }: Pick<WireMessage, "callId" | "cseq">,
): readonly number[] {
  return changedRequests(record)
    .filter((one) => one.method === "ACK" && one.callId === callId)
    .filter((one) => one.cseq.number === cseq.number)
    .flatMap(({ arrivedMs }) => (arrivedMs === null ? [] : [arrivedMs]));
}

function placeOf({ atMs, direction, transport }: SipObservation) {
  const from = direction === "out" ? ("pbx" as const) : ("recorder" as const);
  return { from, transport, sentMs: atMs, arrivedMs: atMs };
}

/** Called for every datagram: nearly all are RTP and told apart by their first byte. */
function isSip(data: Uint8Array): boolean {
  const first = data[0] ?? 0;
  if (first < 0x41 || first > 0x5a) return false;
  const start = new TextDecoder("latin1").decode(data.subarray(0, 64));
  return /^(SIP\/2\.0 \d|[A-Z]+ sips?:)/.test(start);
}

function read(
  text: string,
  place: Pick<WireMessage, "from" | "transport" | "sentMs" | "arrivedMs" | "hasWaited">,
): WireMessage {
  const lines = headerLines(text);
  const startLine = text.slice(0, text.indexOf("\r\n"));
  const words = startLine.split(" ");
  const status = words[0] === "SIP/2.0" ? Number(words[1]) : null;
  const [number = "", method = ""] = header({ lines }, "CSeq").split(/\s+/);
  return {
    ...place,
    startLine,
    method: status === null ? (words[0] ?? "") : null,
    requestUri: status === null ? (words[1] ?? "") : "",
    status,
    callId: header({ lines }, "Call-ID"),
    cseq: { number: Number(number), method },
    branch: /;\s*branch=([^;,\s]+)/i.exec(header({ lines }, "Via"))?.[1] ?? "",
    fromTag: tagOf(header({ lines }, "From")),
    toTag: tagOf(header({ lines }, "To")),
    lines,
    text,
  };
}

/** RFC 3261 §7.3.3. */
const COMPACT: Readonly<Record<string, string>> = {
  via: "v",
  from: "f",
  to: "t",
  "call-id": "i",
  contact: "m",
  "content-length": "l",
};

/** Values by header name: in small letters, the compact one where there is one. */
export function headerLines(text: string): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, string[]>();
  const [head = ""] = text.split("\r\n\r\n", 1);
  for (const line of head.split("\r\n").slice(1)) {
    const [, name, value = ""] = /^([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    const key = keyOf(name);
    const values = lines.get(key);
    if (values === undefined) lines.set(key, [value]);
    else values.push(value);
  }
  return lines;
}

function keyOf(name: string): string {
  const written = name.toLowerCase();
  return COMPACT[written] ?? written;
}

/** All values of a header, in order. */
export function headers(message: Pick<WireMessage, "lines">, name: string): readonly string[] {
  return message.lines.get(keyOf(name)) ?? [];
}

/** The first value of a header; "" without one. */
export function header(message: Pick<WireMessage, "lines">, name: string): string {
  return headers(message, name)[0] ?? "";
}

function tagOf(value: string): string {
  return /;\s*tag=([^;\s]+)/i.exec(value.replace(/<[^>]*>/, ""))?.[1] ?? "";
}

/** One transaction: branch, method and CSeq (a CANCEL has the branch of its INVITE). */
export function transactionKey({ branch, cseq }: Pick<WireMessage, "branch" | "cseq">): string {
  return `${branch} ${cseq.number} ${cseq.method}`;
}

/** "INVITE (CSeq 1)", as a complaint names a message. */
export function nameOf({ method, status, startLine, cseq }: WireMessage): string {
  const what = method ?? `${status ?? startLine} to ${cseq.method}`;
  return `${what} (CSeq ${cseq.number})`;
}
