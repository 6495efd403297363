// SIP message → bytes.  RFC 3261 §7. Content-Length is always written, last, and always right.
import { makeHeader, type SipMessage } from "./message.ts";

export function serializeMessage(message: SipMessage): Uint8Array {
  const startLine =
    message.kind === "request"
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reasonPhrase.replace(/[\r\n]+/g, " ")}`;
  const lines = [startLine];
  for (const header of message.headers) {
    if (header.key !== "content-length") lines.push(`${header.name}: ${header.value}`);
  }
  const length = makeHeader("Content-Length", String(message.body.length));
  lines.push(`${length.name}: ${length.value}`, "", "");
  const head = Buffer.from(lines.join("\r\n"), message.charset);
  const bytes = new Uint8Array(head.length + message.body.length);
  bytes.set(head);
  bytes.set(message.body, head.length);
  return bytes;
}
