// What an INVITE shows of the call that it records (devlink3.md §13.6): pure, read once at the
// beginning of each recording.
import type { RecordingClues } from "../association-facts.ts";
import { parseNameAddress } from "../sip/header-values.ts";
import { headerValues, type SipRequest } from "../sip/message.ts";
import { parseUri, type Uri } from "../sip/uri.ts";
import type { RecordingPurpose } from "./recording.ts";

const EXTENSION_HEADERS = [
  "x-dl3-ver",
  "x-dl3-stream",
  "x-dl3-node",
  "x-dl3-call",
  "x-dl3-end",
  "x-dl3-data",
] as const;

export function cluesOf(
  request: SipRequest,
  identity: { readonly recordingKey: string; readonly callId: string; readonly sourceHost: string },
): RecordingClues {
  const extensionHeaders: Record<string, string> = {};
  for (const name of EXTENSION_HEADERS) {
    const value = headerValues(request, name)[0];
    if (value !== undefined) extensionHeaders[name] = value;
  }
  return {
    recordingKey: identity.recordingKey,
    sipCallId: identity.callId,
    requestUser: requestUser(request.uri),
    extensionHeaders,
    callerUsers: [
      ...headerValues(request, "from"),
      ...headerValues(request, "p-asserted-identity"),
    ].flatMap((value) => {
      const address = parseNameAddress(value);
      const user = address.ok ? userOf(address.value.uri) : null;
      return user === null ? [] : [user];
    }),
    sourceHost: identity.sourceHost,
  };
}

/**
 * What the testbed's `validate` says of its calls, so that they can be told from customers' and
 * dropped. An extension of ours; whoever may call may also say so of a call, and gains nothing.
 */
export function purposeOf(request: SipRequest): RecordingPurpose | null {
  const said = headerValues(request, "x-tapeline-purpose")[0];
  return said?.trim().toLowerCase() === "validation" ? "validation" : null;
}

function requestUser(text: string): string | null {
  const uri = parseUri(text);
  return uri.ok ? userOf(uri.value) : null;
}

function userOf(uri: Uri): string | null {
  if (uri.scheme !== "other") return uri.user;
  // "tel:2002;phone-context=…", as P-Asserted-Identity often has it (RFC 3966, RFC 3325 §9.1).
  return uri.name === "tel" ? (/^tel:([^;]+)/i.exec(uri.text)?.[1] ?? null) : null;
}
