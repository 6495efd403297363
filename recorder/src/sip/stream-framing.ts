// A byte stream → SIP messages and keep-alives: TCP and TLS.  RFC 3261 §18.3, RFC 5626 §3.5.1.
// Stage: push bytes in any pieces, get complete messages out. Once damaged it stays damaged:
// the owner closes the stream.
import type { Problem } from "../parsed.ts";
import { parseInteger } from "./header-values.ts";
import { headerKey, wireText } from "./message.ts";
import { findHeaderEnd, type SipParseLimits } from "./parse.ts";

export type FramingOutput =
  | { readonly type: "message"; readonly bytes: Uint8Array }
  /** Double CRLF: to be answered with one CRLF. */
  | { readonly type: "ping" }
  /** `bytes` is what was read of the message, for a stateless answer; the stream must be closed. */
  | { readonly type: "damaged"; readonly problem: Problem; readonly bytes: Uint8Array };

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

export class StreamFraming {
  readonly #limits: SipParseLimits;
  /** Received and not yet given out: #buffer[0, #length). */
  #buffer: Uint8Array = new Uint8Array(2_048);
  #length = 0;
  /** Where the search for the empty line goes on. */
  #scanned = 0;
  /** Bytes of the message at the front, once its head is complete. */
  #messageBytes: number | null = null;
  #damaged = false;

  constructor(limits: SipParseLimits) {
    this.#limits = limits;
  }

  push(data: Uint8Array): FramingOutput[] {
    if (this.#damaged) return [];
    this.#append(data);
    const outputs: FramingOutput[] = [];
    for (let output = this.#next(); output !== null; output = this.#next()) {
      outputs.push(output);
      if (output.type === "damaged") break;
    }
    return outputs;
  }

  #next(): FramingOutput | null {
    const ping = this.#takeLineEnds();
    if (ping !== null) return ping;
    this.#messageBytes ??= this.#measure();
    if (this.#damaged) return null;
    if (this.#messageBytes === null) {
      return this.#length > this.#limits.maximumMessageBytes
        ? this.#damage("too-large", "The headers are longer than a message may be.")
        : null;
    }
    if (this.#messageBytes < 0) return this.#damage("bad-content-length", LENGTH_DETAIL);
    if (this.#messageBytes > this.#limits.maximumMessageBytes) {
      return this.#damage("too-large", "Content-Length is beyond what a message may have.");
    }
    if (this.#messageBytes > this.#length) return null;
    return { type: "message", bytes: this.#take(this.#messageBytes) };
  }

  /** CRLFs between messages: two make a ping, one is a pong or a stray line end (RFC 3261 §7.5). */
  #takeLineEnds(): FramingOutput | null {
    for (;;) {
      const ping = [CARRIAGE_RETURN, LINE_FEED, CARRIAGE_RETURN, LINE_FEED];
      const present = Math.min(this.#length, 4);
      if (present === 0 || this.#messageBytes !== null) return null;
      const matches = ping.slice(0, present).every((byte, index) => this.#buffer[index] === byte);
      if (matches && present === 4) {
        this.#take(4);
        return { type: "ping" };
      }
      // Possibly half a ping: wait for the rest, unless something else has begun.
      if (matches) return null;
      if (this.#buffer[0] === LINE_FEED) this.#take(1);
      else if (this.#buffer[0] === CARRIAGE_RETURN && this.#buffer[1] === LINE_FEED) this.#take(2);
      else return null;
    }
  }

  /** Length of the message at the front; null: head incomplete; −1: Content-Length unusable. */
  #measure(): number | null {
    const headEnd = findHeaderEnd(this.#buffer.subarray(0, this.#length), this.#scanned);
    if (headEnd === null) {
      this.#scanned = Math.max(0, this.#length - 2);
      return null;
    }
    const { text } = wireText(this.#buffer.subarray(0, headEnd));
    const length = contentLength(text);
    return length === null ? -1 : headEnd + length;
  }

  #damage(code: string, detail: string): FramingOutput {
    this.#damaged = true;
    const bytes = this.#buffer.slice(0, Math.min(this.#length, this.#limits.maximumMessageBytes));
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
    return { type: "damaged", problem: { code, at: "Content-Length", detail }, bytes };
  }

  #append(data: Uint8Array): void {
    const needed = this.#length + data.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(data, this.#length);
    this.#length = needed;
  }

  #take(count: number): Uint8Array {
    const taken = this.#buffer.slice(0, count);
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#scanned = 0;
    this.#messageBytes = null;
    return taken;
  }
}

// "The Content-Length header field value MUST be used to locate the end of each SIP message in the
// stream." RFC 3261 §18.3: without it the stream cannot be read on.
const LENGTH_DETAIL = "On a stream exactly one proper Content-Length is needed.";

function contentLength(head: string): number | null {
  const lines = head.split(/\r?\n(?![ \t])/);
  const values: string[] = [];
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    if (colon < 0 || headerKey(line.slice(0, colon).trim()) !== "content-length") continue;
    values.push(line.slice(colon + 1).trim());
  }
  const [value] = values;
  if (value === undefined || values.length > 1) return null;
  const length = parseInteger(value, 2 ** 31);
  return length.ok ? length.value : null;
}
