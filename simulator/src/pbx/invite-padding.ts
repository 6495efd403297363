// Makes a request long on purpose (oddity invitePadBytes): above 1,500 bytes it travels over UDP
// in IP fragments, which some firewalls drop (domain.md, "What goes wrong in the field").
import { serializeSip, type SipHeader, type SipRequest } from "../wire/sip.ts";

/** Longest line of padding: what is about length must not be about lines. */
const PADDING_LINE_CHARACTERS = 200;

/** The request with headers that fill it up to at least so many bytes. */
export function padded(request: SipRequest, bytes: number): SipRequest {
  let missing = bytes - serializeSip(request).length;
  const padding: SipHeader[] = [];
  while (missing > 0) {
    padding.push({ name: "X-Padding", value: "x".repeat(PADDING_LINE_CHARACTERS) });
    missing -= PADDING_LINE_CHARACTERS;
  }
  if (padding.length === 0) return request;
  return { ...request, headers: [...request.headers, ...padding] };
}
