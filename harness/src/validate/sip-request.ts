// What every request of a validation has: the mark by which the recorder knows it, its length on
// the wire, and padding to an exact length. Pure.
import type { SipHeader, SipMessage, SipRequest } from "@tapeline/simulator/client";

/** Marks what is recorded of a validation: the recorder keeps it as `purpose: validation`. */
export const PURPOSE_HEADER: SipHeader = { name: "X-Tapeline-Purpose", value: "validation" };

/** Length on the wire, with the Content-Length line that is written there. */
export function sizeOf(message: SipMessage): number {
  const start =
    message.type === "request"
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const head = message.headers.reduce(
    (sum, { name, value }) => sum + name.length + value.length + 4,
    start.length + 2,
  );
  return head + `Content-Length: ${message.body.length}`.length + 4 + message.body.length;
}

/** A header that fills the request up to exactly `bytes`, where there is room for one. */
export function paddedExactly(request: SipRequest, bytes: number): SipRequest {
  const name = "X-Padding";
  const missing = bytes - sizeOf(request) - name.length - 4;
  if (missing < 1) return request;
  const headers = [...request.headers, { name, value: "x".repeat(missing) }];
  return { ...request, headers };
}
