// SIPp scenarios as XML: SIPp in the part of the PBX. Its own INVITE with SDP, audio from a file,
// BYE; OPTIONS; CANCEL. A third reading of RFC 3261 beside the recorder's and the simulator's.
// Format: SIPp's reference manual, "Create your own XML scenarios".

/** Who talks to whom, and headers beyond the necessary ones ("User-to-User: …"). */
export interface SippParties {
  /** User part of the Request-URI. */
  readonly callee: string;
  /** User part of From and Contact. */
  readonly caller: string;
  readonly headers: readonly string[];
}

/** What the caller sends; `file` is a name given to `runSipp` in `files`. */
export type SippMedia =
  | { readonly kind: "none" }
  /** Raw µ-law. SIPp sends all concurrent calls from one source port, whatever its SDP says. */
  | { readonly kind: "rtp-stream"; readonly file: string }
  /** A capture made by `rtpCapture`: a port of its own for each call; needs root. */
  | { readonly kind: "capture"; readonly file: string };

/** A call as an IP Office makes it. */
export interface PbxCall extends SippParties {
  readonly media: SippMedia;
  /** From ACK to BYE. */
  readonly durationMs: number;
}

/** INVITE with SDP, ACK, audio, BYE. */
export function pbxCallScenario(call: PbxCall): string {
  return scenario("PBX call", [
    send({
      lines: [...requestLines("INVITE", 1, call), CONTACT(call), CONTENT_SDP, LENGTH],
      body: sdpLines(call.media),
      attributes: 'retrans="500"',
    }),
    ...[100, 180, 183].map((status) => receive(status, 'optional="true"')),
    receive(200, 'rrs="true"'),
    send({ lines: [...dialogLines("ACK", 1, call), NO_BODY] }),
    ...playActions(call.media),
    `<pause milliseconds="${wholeMs(call.durationMs)}"/>`,
    send({ lines: [...dialogLines("BYE", 2, call), NO_BODY], attributes: 'retrans="500"' }),
    receive(200),
  ]);
}

/** OPTIONS outside a dialog, answered 200. */
export function optionsScenario(parties: SippParties): string {
  return scenario("OPTIONS", [
    send({
      lines: [...requestLines("OPTIONS", 1, parties), CONTACT(parties), NO_BODY],
      attributes: 'retrans="500"',
    }),
    receive(200),
  ]);
}

/** INVITE, CANCEL after a provisional answer and a wait; 200 for CANCEL, 487 for INVITE. */
export function cancelScenario(parties: SippParties, cancelAfterMs: number): string {
  return scenario("CANCEL", [
    send({
      lines: [...requestLines("INVITE", 1, parties), CONTACT(parties), CONTENT_SDP, LENGTH],
      body: sdpLines({ kind: "none" }),
      attributes: 'retrans="500" start_txn="invite"',
    }),
    receive(100, 'optional="true" response_txn="invite"'),
    receive(180, 'response_txn="invite"'),
    `<pause milliseconds="${wholeMs(cancelAfterMs)}"/>`,
    // "The Via … top value MUST be equal to the request being cancelled."  RFC 3261 §9.1
    send({
      lines: [...requestLines("CANCEL", 1, parties), NO_BODY],
      attributes: 'retrans="500" start_txn="cancel"',
    }),
    receive(200, 'response_txn="cancel"'),
    receive(487, 'response_txn="invite"'),
    send({
      lines: [...requestLines("ACK", 1, parties, "[peer_tag_param]"), NO_BODY],
      attributes: 'ack_txn="invite"',
    }),
  ]);
}

const NO_BODY = "Content-Length: 0";
const LENGTH = "Content-Length: [len]";
const CONTENT_SDP = "Content-Type: application/sdp";
const CONTACT = (parties: SippParties): string =>
  `Contact: <sip:${parties.caller}@[local_ip]:[local_port];transport=[transport]>`;

interface Sent {
  readonly lines: readonly string[];
  readonly body?: readonly string[];
  readonly attributes?: string;
}

/** Requests outside a dialog; one branch for all, so that CANCEL and ACK match the INVITE. */
function requestLines(
  method: string,
  sequence: number,
  parties: SippParties,
  toTag = "",
): readonly string[] {
  return [
    `${method} sip:${parties.callee}@[remote_ip]:[remote_port] SIP/2.0`,
    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-1",
    "Max-Forwards: 70",
    `From: <sip:${parties.caller}@[local_ip]:[local_port]>;tag=[pid]-[call_number]`,
    `To: <sip:${parties.callee}@[remote_ip]:[remote_port]>${toTag}`,
    "Call-ID: [call_id]",
    `CSeq: ${sequence} ${method}`,
    ...parties.headers,
  ];
}

/** Requests within the dialog: route set and remote target of the 200. */
function dialogLines(method: string, sequence: number, parties: SippParties): readonly string[] {
  return [
    `${method} [next_url] SIP/2.0`,
    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
    "[routes]",
    "Max-Forwards: 70",
    `From: <sip:${parties.caller}@[local_ip]:[local_port]>;tag=[pid]-[call_number]`,
    `To: <sip:${parties.callee}@[remote_ip]:[remote_port]>[peer_tag_param]`,
    "Call-ID: [call_id]",
    `CSeq: ${sequence} ${method}`,
  ];
}

function sdpLines(media: SippMedia): readonly string[] {
  const port = media.kind === "rtp-stream" ? "[rtpstream_audio_port]" : "[auto_media_port]";
  return [
    "v=0",
    "o=sipp 1 1 IN IP[local_ip_type] [local_ip]",
    "s=-",
    "c=IN IP[media_ip_type] [media_ip]",
    "t=0 0",
    `m=audio ${port} RTP/AVP 0`,
    "a=rtpmap:0 PCMU/8000",
    "a=ptime:20",
    "a=sendonly",
  ];
}

function playActions(media: SippMedia): readonly string[] {
  if (media.kind === "none") return [];
  if (!/^[\w.-]+$/.test(media.file)) {
    throw new RangeError(`a file's name has letters, digits, ".", "-", "_": ${media.file}`);
  }
  const exec =
    media.kind === "capture"
      ? `<exec play_pcap_audio="${media.file}"/>`
      : `<exec rtp_stream="${media.file},1,0,PCMU/8000"/>`;
  return [`<nop><action>${exec}</action></nop>`];
}

function send(message: Sent): string {
  const lines = [...message.lines, "", ...(message.body ?? [])];
  const text = lines.join("\n");
  if (text.includes("]]>")) throw new RangeError('a message cannot contain "]]>"');
  const attributes = message.attributes === undefined ? "" : ` ${message.attributes}`;
  return `<send${attributes}><![CDATA[\n${text}\n]]></send>`;
}

function receive(status: number, attributes = ""): string {
  return `<recv response="${status}"${attributes === "" ? "" : ` ${attributes}`}/>`;
}

function scenario(name: string, steps: readonly string[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<scenario name="${name}">`,
    ...steps,
    "</scenario>",
    "",
  ].join("\n");
}

function wholeMs(ms: number): number {
  return Math.max(0, Math.round(ms));
}
