// What a SIP application layer gateway does to a message: the sender's address in Via, Contact and
// SDP becomes that of the gateway, Content-Length is put right. Meant well, and the cause of many a
// call without audio. Pure; RFC 3261 §18.2.1 and RFC 8866 §5.7 say where addresses stand.
import type { AlgOptions } from "./relay-options.ts";

const SIP_START = /^(SIP\/2\.0 \d{3}|[A-Z]+ sips?:)/;

/** The message with `from` rewritten; what is no SIP message is left as it is. */
export function rewriteSip(data: Uint8Array, from: string, alg: AlgOptions): Uint8Array {
  const text = Buffer.from(data).toString("latin1");
  if (!SIP_START.test(text)) return data;
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return data;
  const swap = (line: string): string => line.replaceAll(from, alg.to);
  const does = new Set(alg.rewrites);
  const body = text.slice(end + 4);
  const newBody = does.has("sdp") ? body.replace(/^[co]=.*$/gm, swap) : body;
  const head = text
    .slice(0, end)
    .split("\r\n")
    .map((line) => {
      if (does.has("via") && /^(via|v)\s*:/i.test(line)) return swap(line);
      if (does.has("contact") && /^(contact|m)\s*:/i.test(line)) return swap(line);
      if (/^(content-length|l)\s*:/i.test(line)) return line.replace(/\d+/, `${newBody.length}`);
      return line;
    });
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${newBody}`, "latin1");
}
