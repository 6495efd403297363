// What the recorder asks of its own (BYE, session refresh): well-formed, and within the dialog that
// the IP Office opened (RFC 3261 §8.1.1, §12.2.1.1).
import type { WireMessage } from "./sip-wire.ts";
import { header, headers, nameOf } from "./sip-wire.ts";

export function checkRequests(wire: readonly WireMessage[]): string[] {
  const complaints: string[] = [];
  const numbers = new Map<string, { number: number; readonly branches: Set<string> }>();
  for (const request of wire) {
    if (request.from !== "recorder" || request.method === null) continue;
    const found = [...checkForm(request), ...checkDialog(wire, request)];
    const last = numbers.get(request.callId);
    // A request may be repeated long after the next one was sent.
    const isNew = request.method !== "ACK" && last?.branches.has(request.branch) !== true;
    if (isNew && last !== undefined && request.cseq.number <= last.number) {
      found.push("does not count its CSeq up");
    }
    if (isNew) {
      const branches = (last?.branches ?? new Set()).add(request.branch);
      numbers.set(request.callId, { number: request.cseq.number, branches });
    }
    complaints.push(...found.map((text) => `${nameOf(request)} of the recorder ${text}`));
  }
  return [...new Set(complaints)];
}

function checkForm(request: WireMessage): string[] {
  const { text, branch, cseq, method } = request;
  const complaints: string[] = [];
  if (!branch.startsWith("z9hG4bK")) complaints.push("has a branch without the magic cookie");
  if (cseq.method !== method) complaints.push(`has the CSeq of a ${cseq.method}`);
  if (!Number.isInteger(cseq.number)) complaints.push("has a CSeq without a number");
  if (!/^\d{1,3}$/.test(header(request, "Max-Forwards"))) complaints.push("has no Max-Forwards");
  const lengths = headers(request, "Content-Length");
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  const isLength = lengths.length === 1 && Number(lengths[0]) === Buffer.byteLength(body);
  if (!isLength) complaints.push("has a wrong Content-Length");
  const needsContact = method === "INVITE" || method === "UPDATE";
  if (needsContact && headers(request, "Contact").length !== 1) complaints.push("has no Contact");
  return complaints;
}

function checkDialog(wire: readonly WireMessage[], request: WireMessage): string[] {
  const { callId, sentMs } = request;
  const invite = wire.find(
    (one) => one.from === "pbx" && one.method === "INVITE" && one.callId === callId,
  );
  const answer = wire.find(
    (one) =>
      one.from === "recorder" &&
      one.status === 200 &&
      one.cseq.method === "INVITE" &&
      one.callId === callId,
  );
  if (invite === undefined || answer === undefined) return ["belongs to no dialog"];
  const complaints: string[] = [];
  if (request.fromTag !== answer.toTag) complaints.push("has another From tag than its dialog");
  if (request.toTag !== invite.fromTag) complaints.push("has another To tag than its dialog");
  const target = wire.findLast(
    (one) =>
      one.from === "pbx" && one.callId === callId && one.sentMs <= sentMs && contactOf(one) !== "",
  );
  if (target !== undefined && request.requestUri !== contactOf(target)) {
    complaints.push(`goes to ${request.requestUri}, not to the IP Office's Contact`);
  }
  return complaints;
}

function contactOf(message: WireMessage): string {
  const value = header(message, "Contact");
  return /<([^>]*)>/.exec(value)?.[1] ?? value;
}
