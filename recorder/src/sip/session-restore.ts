// The journal's SIP messages → the dialog as it was before a restart (design.md §5, "Live pair and
// crash"). Pure. null: nothing to go on with, because the call was never answered, or is over.
import type { Address } from "../ports/index.ts";
import { parseSessionDescription, type SessionDescription } from "../sdp/session-description.ts";
import * as dialogs from "./dialog.ts";
import { parseNameAddress, parseSessionExpires, tokenList } from "./header-values.ts";
import {
  bodyText,
  headerValue,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "./message.ts";
import { parseMessage } from "./parse.ts";
import { readIdentity, readRequestCore, type RequestCore } from "./request-core.ts";
import type { WireMessage } from "./session.ts";
import { intervalFromAnswer, type SessionInterval } from "./session-timer.ts";
import type { RestoredState } from "./session-host.ts";
import { parseAddress } from "./uri.ts";

/**
 * What was asked in the last moments before a crash may not stand in the journal. Its numbers must
 * not be used again: "CSeq sequence numbers … MUST be strictly monotonically increasing"; a leap is
 * no error to the peer.  RFC 3261 §12.2.1.1, §12.2.2
 */
const FORGOTTEN_REQUESTS = 100;
/** Each restart uses numbers, and may leave no word of it: with its age a call's go higher. */
const AGE_LIMIT_MS = 24 * 3600 * 1000;

export interface RestoredSession {
  readonly request: SipRequest;
  readonly core: RequestCore;
  readonly bytes: Uint8Array;
  readonly local: Address;
  readonly remote: Address;
  readonly offer: SessionDescription | null;
  readonly interval: SessionInterval | null;
  readonly state: RestoredState;
}

interface Replay {
  dialog: dialogs.Dialog | null;
  readonly core: RequestCore;
  readonly invite: SipRequest;
  localSdp: string;
  remoteVersion: string | null;
  peerMethods: readonly string[];
  interval: SessionInterval | null;
  pending: { response: SipResponse; sequence: number; isOfferless: boolean } | null;
  wasConfirmed: boolean;
  isOver: boolean;
  /** Requests in the dialog that wait for their answer, by "method sequence". */
  readonly requests: Map<string, SipRequest>;
}

/** `ageMs`: how long ago the call began, by the wall clock. */
export function restoreSession(
  messages: readonly WireMessage[],
  ageMs = 0,
): RestoredSession | null {
  const [first] = messages;
  if (first === undefined) return null;
  const bytes = Buffer.from(first.text);
  const parsedInvite = parseMessage(bytes);
  if (!parsedInvite.ok || parsedInvite.value.kind !== "request") return null;
  const invite = parsedInvite.value;
  const core = readRequestCore(invite);
  const remote = parseAddress(first.from);
  const local = parseAddress(first.to);
  if (!core.ok || invite.method !== "INVITE" || !remote.ok || !local.ok) return null;
  const offer = descriptionOf(invite);
  const replay: Replay = {
    dialog: null,
    core: core.value,
    invite,
    localSdp: "",
    remoteVersion: offer?.origin.sessionVersion ?? null,
    peerMethods: tokenList(invite, "Allow"),
    interval: null,
    pending: null,
    wasConfirmed: false,
    isOver: false,
    requests: new Map(),
  };
  for (const message of messages.slice(1)) apply(replay, message);
  const { dialog, localSdp, remoteVersion, peerMethods, interval, pending, wasConfirmed } = replay;
  if (dialog === null || replay.isOver) return null;
  const leap = FORGOTTEN_REQUESTS + Math.floor(Math.min(Math.max(ageMs, 0), AGE_LIMIT_MS));
  return {
    request: invite,
    core: core.value,
    bytes,
    local: local.value,
    remote: remote.value,
    offer,
    interval,
    state: {
      invite: first,
      dialog: { ...dialog, localSequence: dialog.localSequence + leap },
      localSdp,
      remoteVersion,
      peerMethods,
      unacknowledged: pending,
      wasConfirmed,
    },
  };
}

function apply(replay: Replay, wire: WireMessage): void {
  const message = parseMessage(Buffer.from(wire.text));
  if (!message.ok) return;
  const identity = readIdentity(message.value);
  if (!identity.ok) return;
  const { sequence, method } = identity.value.cseq;
  if (message.value.kind === "request") {
    applyRequest(replay, { request: message.value, sequence, isOurs: wire.direction === "out" });
  } else if (message.value.status >= 200) {
    const localTag = identity.value.toTag;
    const isOurs = wire.direction === "out";
    applyResponse(replay, { response: message.value, sequence, method, isOurs, localTag });
  }
}

function applyRequest(
  replay: Replay,
  { request, sequence, isOurs }: { request: SipRequest; sequence: number; isOurs: boolean },
): void {
  if (request.method === "BYE" || request.method === "CANCEL") replay.isOver = true;
  if (request.method === "ACK") {
    if (!isOurs && replay.pending?.sequence === sequence) {
      replay.remoteVersion = descriptionOf(request)?.origin.sessionVersion ?? replay.remoteVersion;
      replay.pending = null;
      replay.wasConfirmed = true;
    }
    return;
  }
  replay.requests.set(`${isOurs} ${request.method} ${sequence}`, request);
  if (replay.dialog === null) return;
  replay.dialog = isOurs
    ? { ...replay.dialog, localSequence: Math.max(replay.dialog.localSequence, sequence) }
    : { ...replay.dialog, remoteSequence: Math.max(replay.dialog.remoteSequence, sequence) };
}

function applyResponse(
  replay: Replay,
  answer: {
    response: SipResponse;
    sequence: number;
    method: string;
    isOurs: boolean;
    localTag: string | null;
  },
): void {
  const { response, sequence, method, isOurs } = answer;
  const isSuccess = response.status < 300;
  if (replay.dialog === null) {
    if (!isOurs || method !== "INVITE" || sequence !== replay.core.cseq.sequence) return;
    if (!isSuccess || answer.localTag === null) {
      replay.isOver = true;
      return;
    }
    replay.dialog = dialogs.createDialog(replay.invite, replay.core, answer.localTag);
    takeOurAnswer(replay, response, { request: replay.invite, sequence, method });
    return;
  }
  const request = replay.requests.get(`${!isOurs} ${method} ${sequence}`);
  if (request === undefined || !isSuccess) return;
  if (isOurs) {
    replay.dialog = dialogs.refreshTarget(replay.dialog, contactOf(request));
    takeOurAnswer(replay, response, { request, sequence, method });
  } else {
    replay.dialog = dialogs.refreshTarget(replay.dialog, contactOf(response));
    replay.interval = intervalFromAnswer(response);
    replay.remoteVersion = descriptionOf(response)?.origin.sessionVersion ?? replay.remoteVersion;
  }
}

/** Our 2xx to INVITE or UPDATE: what it settled, and that an INVITE's waits for ACK. */
function takeOurAnswer(
  replay: Replay,
  response: SipResponse,
  { request, sequence, method }: { request: SipRequest; sequence: number; method: string },
): void {
  if (method !== "INVITE" && method !== "UPDATE") return;
  const offer = descriptionOf(request);
  replay.remoteVersion = offer?.origin.sessionVersion ?? replay.remoteVersion;
  if (response.body.length > 0) replay.localSdp = bodyText(response);
  if (headerValue(request, "Allow") !== null) replay.peerMethods = tokenList(request, "Allow");
  replay.interval = ourAnswersInterval(response);
  if (method === "INVITE") replay.pending = { response, sequence, isOfferless: offer === null };
}

/** Session-Expires as we wrote it as UAS: "uac" is the peer. */
function ourAnswersInterval(response: SipResponse): SessionInterval | null {
  const text = headerValue(response, "Session-Expires");
  const expires = text === null ? null : parseSessionExpires(text);
  if (expires === null || !expires.ok) return null;
  const { seconds, refresher } = expires.value;
  return { seconds, refresher: refresher === "uas" ? "local" : "remote" };
}

function descriptionOf(message: SipMessage): SessionDescription | null {
  if (message.body.length === 0) return null;
  const description = parseSessionDescription(bodyText(message));
  return description.ok ? description.value : null;
}

function contactOf(message: SipMessage): string | null {
  const contact = parseNameAddress(headerValue(message, "Contact") ?? "");
  return contact.ok ? contact.value.uriText : null;
}
