// How strictly the simulated IP Office reads what the recorder says: each function returns what is
// wrong as sentences, for SipCaller.violations(). Its own reading of RFC 3261 §8.2.6, §12, §13.3;
// RFC 3264 §6, §8; RFC 3581 §4; RFC 4028 §9.
import { headerValue, headerValues } from "../wire/sip.ts";
import type { SipMessage, SipRequest, SipResponse } from "../wire/sip.ts";
import {
  parseCSeq,
  parseNameAddress,
  parseSessionExpires,
  parseVia,
  splitOutsideQuotes,
} from "../wire/sip-values.ts";
import type { SdpDirection, SdpMedia, SessionDescription } from "../wire/sdp.ts";

/** What a recording leg has offered, or would answer. */
export interface OfferedMedia {
  readonly payloadType: number;
  /** Comfort noise and digits, where they were offered. */
  readonly extraTypes: readonly number[];
  readonly direction: SdpDirection;
  readonly protocol: "RTP/AVP" | "RTP/SAVP";
  /** Beside RTP/SAVP the same stream was offered plain: to be turned down. */
  readonly hasPlainLine: boolean;
  /** The recorder's description that was valid before, null at the first. */
  readonly previous: SessionDescription | null;
}

function vias(message: SipMessage): string[] {
  return headerValues(message, "Via").flatMap((line) => splitOutsideQuotes(line, ","));
}

function checkVia(request: SipRequest, response: SipResponse): string[] {
  const sent = vias(request);
  const got = vias(response);
  if (got.length !== sent.length) return [`has ${got.length} Via values instead of ${sent.length}`];
  const asked = parseVia(sent[0]!);
  const answered = parseVia(got[0]!);
  if (!asked.ok || !answered.ok) return ["has a Via that cannot be read"];
  const problems: string[] = [];
  const { transport, host, port, parameters } = answered.value;
  const isSame =
    transport === asked.value.transport && host === asked.value.host && port === asked.value.port;
  if (!isSame) problems.push(`changes the sent-by of our Via to ${transport} ${host}:${port}`);
  if (parameters.get("branch") !== asked.value.parameters.get("branch")) {
    problems.push("changes the branch of our Via");
  }
  const rport = parameters.get("rport") ?? "";
  // "MUST set the value of the rport parameter … and the received parameter"  RFC 3581 §4
  if (transport === "UDP" && (!/^[0-9]+$/.test(rport) || !parameters.has("received"))) {
    problems.push("does not fill in rport and received of our Via (RFC 3581 §4)");
  }
  return problems;
}

function checkTo(request: SipRequest, response: SipResponse): string[] {
  const sent = parseNameAddress(headerValue(request, "To") ?? "");
  const got = parseNameAddress(headerValue(response, "To") ?? "");
  if (!sent.ok || !got.ok) return ["has a To that cannot be read"];
  if (got.value.uriText !== sent.value.uriText) return ["changes the URI of To"];
  const sentTag = sent.value.parameters.get("tag");
  const tag = got.value.parameters.get("tag");
  if (sentTag !== undefined && tag !== sentTag) return ["changes the tag of To"];
  // "the UAS MUST add a tag to the To header field in the response", 100 excepted.  §8.2.6.2
  if (response.status > 100 && (tag === undefined || tag === "")) return ["has no tag in To"];
  return [];
}

/** Any response, against the request that it answers. */
export function checkResponse(request: SipRequest, response: SipResponse): string[] {
  const problems = [...checkVia(request, response), ...checkTo(request, response)];
  for (const name of ["From", "Call-ID", "CSeq"]) {
    const values = headerValues(response, name);
    const isSame = values.length === 1 && values[0] === headerValue(request, name);
    if (!isSame) problems.push(`does not repeat our ${name}`);
  }
  if (headerValues(response, "Content-Length").length !== 1) {
    problems.push("has no single Content-Length");
  }
  const isSuccess = response.status >= 200 && response.status < 300;
  const isTargeted = request.method === "INVITE" || request.method === "UPDATE";
  if (isSuccess && isTargeted) problems.push(...checkTargeted(response));
  const length = headerValue(response, "Content-Type")?.toLowerCase();
  if (response.body.length > 0 && length === undefined) problems.push("has a body without type");
  return problems.map((problem) => `${response.status} to ${request.method} ${problem}`);
}

function checkTargeted(response: SipResponse): string[] {
  const contacts = headerValues(response, "Contact").flatMap((line) =>
    splitOutsideQuotes(line, ","),
  );
  if (contacts.length !== 1) return [`has ${contacts.length} Contacts instead of one`];
  const contact = parseNameAddress(contacts[0]!);
  return contact.ok ? [] : ["has a Contact that is no SIP URI"];
}

/** The recorder's answer to our offer, or its offer where we made none. */
export function checkDescription(
  description: SessionDescription,
  offered: OfferedMedia,
  kind: "answer" | "offer",
): string[] {
  const problems: string[] = [];
  const [audio, plain] = description.media;
  const lines = offered.hasPlainLine ? 2 : 1;
  // "the answer MUST contain exactly the same number of "m=" lines as the offer"  RFC 3264 §6
  if (audio === undefined || description.media.length !== lines) {
    return [`SDP ${kind} has ${description.media.length} m lines instead of ${lines}`];
  }
  if (audio.kind !== "audio" || audio.protocol !== offered.protocol) {
    problems.push(`is ${audio.kind} ${audio.protocol} instead of audio ${offered.protocol}`);
  }
  if (plain !== undefined && (plain.protocol !== "RTP/AVP" || plain.port !== 0)) {
    problems.push(`has ${plain.protocol} at port ${plain.port} instead of turning down RTP/AVP`);
  }
  if (audio.port === 0) problems.push("rejects the audio in a 2xx");
  const known = [offered.payloadType, ...offered.extraTypes];
  if (kind === "answer" && audio.payloadTypes.some((type) => !known.includes(type))) {
    problems.push(`has payload types ${audio.payloadTypes.join(" ")} that were not offered`);
  }
  if (kind === "offer" && !audio.payloadTypes.includes(offered.payloadType)) {
    problems.push(`does not offer payload type ${offered.payloadType}`);
  }
  // "If a stream is offered as sendonly, the answer MUST be recvonly or inactive"  RFC 3264 §6.1
  const allowed: Record<SdpDirection, readonly SdpDirection[]> = {
    sendonly: ["recvonly", "inactive"],
    inactive: ["inactive"],
    sendrecv: ["recvonly", "inactive", "sendrecv", "sendonly"],
    recvonly: ["sendonly", "inactive"],
  };
  if (kind === "answer" && !allowed[offered.direction].includes(audio.direction)) {
    problems.push(`is ${audio.direction} to an offer that is ${offered.direction}`);
  }
  if (audio.connectionHost === null) problems.push("has no connection address");
  problems.push(...checkOrigin(description, offered.previous));
  return problems.map((problem) => `SDP ${kind} ${problem}`);
}

/** "the version in the origin … MUST increment by one" when anything changed.  RFC 3264 §8 */
function checkOrigin(now: SessionDescription, before: SessionDescription | null): string[] {
  if (before === null) return [];
  const { username, sessionId, originHost } = now;
  const isSame =
    username === before.username &&
    sessionId === before.sessionId &&
    originHost === before.originHost;
  if (!isSame) return ["changes the origin other than its version"];
  const step = BigInt(now.version) - BigInt(before.version);
  const was = before.media[0];
  const is = now.media[0];
  const isChanged =
    was?.port !== is?.port ||
    was?.direction !== is?.direction ||
    was?.connectionHost !== is?.connectionHost ||
    cryptoOf(was) !== cryptoOf(is) ||
    was?.payloadTypes.join(" ") !== is?.payloadTypes.join(" ");
  if (isChanged && step !== 1n) return [`changes by ${step} versions instead of one`];
  return !isChanged && step !== 0n && step !== 1n ? [`moves the version by ${step}`] : [];
}

function cryptoOf(media: SdpMedia | undefined): string {
  return JSON.stringify(media?.crypto.map((line) => [...line.keyAndSalt, line.tag]) ?? []);
}

/** Session-Expires in a 2xx, against ours.  RFC 4028 §9 */
export function checkSessionExpires(
  response: SipResponse,
  asked: { readonly seconds: number; readonly refresher: "uac" | "uas" },
): string[] {
  const value = headerValue(response, "Session-Expires");
  if (value === null) return [];
  const answered = parseSessionExpires(value);
  if (!answered.ok) return ["Session-Expires cannot be read"];
  const problems: string[] = [];
  const { seconds, refresher } = answered.value;
  if (seconds > asked.seconds) problems.push(`Session-Expires is raised to ${seconds} s`);
  if (refresher === null) problems.push("Session-Expires names no refresher");
  else if (refresher !== asked.refresher) problems.push(`the refresher is changed to ${refresher}`);
  const required = headerValues(response, "Require").join(",").toLowerCase();
  if (refresher === "uac" && !required.includes("timer")) {
    problems.push("Require: timer is missing although the refresher is uac");
  }
  return problems;
}

/** What a dialog knows for judging a request of the recorder. */
export interface DialogFacts {
  readonly localTag: string;
  readonly remoteTag: string | null;
  readonly contactUri: string;
}

/** A request that the recorder sends within a dialog. Problems make it be dropped. */
export function checkDialogRequest(request: SipRequest, dialog: DialogFacts): string[] {
  const problems: string[] = [];
  const cseq = parseCSeq(headerValue(request, "CSeq") ?? "");
  if (!cseq.ok || cseq.value.method !== request.method) problems.push("has a wrong CSeq");
  const via = parseVia(vias(request)[0] ?? "");
  if (!via.ok) problems.push("has no readable Via");
  else if (!via.value.parameters.get("branch")?.startsWith("z9hG4bK")) {
    problems.push("has a branch without the magic cookie");
  }
  const hops = headerValue(request, "Max-Forwards");
  if (hops === null || !/^[0-9]{1,3}$/.test(hops)) problems.push("has no Max-Forwards");
  const from = parseNameAddress(headerValue(request, "From") ?? "");
  const to = parseNameAddress(headerValue(request, "To") ?? "");
  if (!from.ok || from.value.parameters.get("tag") !== dialog.remoteTag) {
    problems.push("has another tag in From than the answer had in To");
  }
  if (!to.ok || to.value.parameters.get("tag") !== dialog.localTag) {
    problems.push("has another tag in To than we gave in From");
  }
  if (request.uri !== dialog.contactUri) problems.push(`goes to ${request.uri}, not our Contact`);
  return problems.map((problem) => `${request.method} ${problem}`);
}
