// keys: what opens a call's SRTP travels over TLS and is nowhere afterwards: not in a journal, a
// log or any other file of the recorder (specs/standards.md, row SRTP). A file that keeps keys for
// the case of a crash is gone with the call.
import type { RunRecord } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";

/** Master key and salt in base64: 30 bytes. */
const INLINE_KEY = /\binline:([A-Za-z0-9+/]{40})/g;
/** What a journal has in place of a key, of the same length. */
const HIDDEN_KEY = /\binline:\*[0-9]*\*+/g;

export const keysChecker: Checker = {
  name: "keys",
  check(record) {
    const keys = keysOf(record);
    if (keys.size === 0) return [];
    const complaints = textsOf(record).flatMap(({ name, bytes }) =>
      [...keys].flatMap(([key, of]) => (bytes.includes(key) ? [`${name} has a key of ${of}`] : [])),
    );
    return [...new Set(complaints)].slice(0, MAXIMUM_COMPLAINTS);
  },
};

/** The text of a SIP message without what its keys are: the same for the wire and for a journal. */
export function withoutKeys(text: string): string {
  if (!text.includes("inline:")) return text;
  return text
    .replaceAll(INLINE_KEY, (whole) => "inline:".padEnd(whole.length, "*"))
    .replaceAll(HIDDEN_KEY, (whole) => "inline:".padEnd(whole.length, "*"));
}

/** Every key that went over the wire, and whose it is. */
function keysOf({ sip }: RunRecord): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const { direction, text } of sip) {
    for (const [, key = ""] of text.matchAll(INLINE_KEY)) {
      keys.set(key, direction === "out" ? "the IP Office" : "the recorder");
    }
  }
  return keys;
}

function textsOf({ artefacts, log, calls, catalog }: RunRecord) {
  return [
    ...artefacts.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) })),
    { name: "the log", bytes: Buffer.from(log.join("\n")) },
    { name: "calls.jsonl", bytes: Buffer.from(JSON.stringify(calls)) },
    { name: "the catalog", bytes: Buffer.from(JSON.stringify(catalog)) },
  ];
}
