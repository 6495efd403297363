// Journals as a crash may leave them: lines with stamps, messages of a call.
import { parseJournal, serializeJournalLine } from "../../src/audio/journal.ts";
import { inviteText, sipMessage } from "./fakes.ts";

export const KEY = "00000000-0000-4000-8000-000000000001-1795366801000";

interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One line after the other, a second and 8,000 samples apart. */
export function journalText(lines: readonly Line[]): string {
  return lines
    .map((line, index) => {
      const at = new Date(1_795_366_801_000 + index * 1_000).toISOString();
      return serializeJournalLine({ at, elapsedMs: index * 1_000, sample: index * 8_000, ...line });
    })
    .join("");
}

export function journalOf(lines: readonly Line[]) {
  return parseJournal(new TextEncoder().encode(journalText(lines)));
}

export const HEADER: Line = {
  type: "header",
  format: "tapeline-vrtx",
  version: 1,
  recordingKey: KEY,
  recorder: "recorder-1",
  files: [`${KEY}.ul`],
  codec: "PCMU",
  sampleRate: 8000,
  sipCallId: "77aa@192.0.2.1",
};

export const sipLine = (direction: "in" | "out", text: string): Line => ({
  type: "sip",
  ...sipMessage(direction, text),
});

/** A request in the dialog, or the first INVITE's likes. */
export function request(method: string, body = ""): string {
  return message(`${method} sip:r7Qk2@192.0.2.10 SIP/2.0`, method, body);
}

export function response(status: number, method: string, body = ""): string {
  return message(`SIP/2.0 ${status} X`, method, body);
}

function message(startLine: string, method: string, body: string): string {
  return [
    startLine,
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK2",
    "From: <sip:2001@192.0.2.1>;tag=a",
    "To: <sip:r7Qk2@192.0.2.10>;tag=b",
    "Call-ID: 77aa@192.0.2.1",
    `CSeq: 2 ${method}`,
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

export const ANSWER_SDP = [
  "v=0",
  "o=tapeline 1 1 IN IP4 192.0.2.10",
  "s=-",
  "c=IN IP4 192.0.2.10",
  "t=0 0",
  "m=audio 20010 RTP/AVP 0",
  "a=recvonly",
  "",
].join("\r\n");

export const INVITE = sipLine("in", inviteText());
export const OK = sipLine("out", response(200, "INVITE", ANSWER_SDP));
export const ACK = sipLine("in", request("ACK"));
export const UP: readonly Line[] = [HEADER, INVITE, OK, ACK];

export const MEDIA: Line = {
  type: "media",
  source: "192.0.2.1:46750",
  ssrc: 7,
  payloadType: 0,
  leadMs: 20,
};

export const ASSOCIATION: Line = {
  type: "association",
  rung: 1,
  callKey: "c0a80a01-31-1795366801000",
  part: 1,
  deviceCallId: "c0a80a01-31",
  endId: "c0a80a01000003f3",
  agent: "Ann Agent",
  extension: "2001",
  parties: ["02079460000", "2001"],
};

export const STATISTICS_LINE: Line = {
  type: "statistics",
  packetsReceived: 90,
  packetsLost: 10,
  packetsLate: 0,
  packetsDuplicate: 0,
  packetsStray: 0,
  jitterMs: 0.5,
  mos: 4.1,
  mosMethod: "e-model",
};

export const END: Line = {
  type: "end",
  reason: "remote-bye",
  outcome: "degraded",
  why: "packets-lost",
  samples: 16_000,
  sha256: "ab",
};
