// The torture messages as bytes. messages/*.txt hold them in the notation of RFC 4475 §2: a line
// ends with CRLF on the wire, <hex>…</hex> stands for bytes that do not print, and <repeat
// count=n>…</repeat> for n times the same. Test helper, shared by the torture tests.
import { readFileSync } from "node:fs";

const FOLDER = new URL("messages/", import.meta.url);

/** The message of that name (RFC 4475, RFC 5118), as it stands in the RFC. */
export function tortureMessage(name: string): Uint8Array {
  return expand(readFileSync(new URL(`${name}.txt`, FOLDER), "latin1"));
}

/** RFC 4475 §2 notation → bytes. */
export function expand(text: string): Uint8Array {
  const repeated = text.replaceAll(
    /<repeat count=(\d+)>(.*?)<\/repeat>/g,
    (_all, count: string, unit: string) => unit.repeat(Number(count)),
  );
  const pieces = repeated.split(/<hex>([0-9a-f]*)<\/hex>/);
  const bytes = pieces.map((piece, index) =>
    index % 2 === 1
      ? Buffer.from(piece, "hex")
      : Buffer.from(piece.replaceAll("\n", "\r\n"), "latin1"),
  );
  return new Uint8Array(Buffer.concat(bytes));
}

/** The same with a Content-Length that tells the truth (the RFC's archive counts LF line ends). */
export function withTrueLength(message: Uint8Array): Uint8Array {
  const text = Buffer.from(message).toString("latin1");
  const bodyStart = text.indexOf("\r\n\r\n") + 4;
  const head = text.slice(0, bodyStart);
  const length = text.length - bodyStart;
  const corrected = head.replace(/^(Content-Length|l):.*$/im, `$1: ${length}`);
  return new Uint8Array(Buffer.from(corrected + text.slice(bodyStart), "latin1"));
}
