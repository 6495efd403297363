// Bytes that a text spells as hex or base64: where audio could hide in a log line or a journal.
// Every file of a run with pauses is searched, so only one byte in a few hundred is looked at where
// words are short. Pure.

/** A whole frame is 320 characters of hex, 214 of base64 (the last of them may be cut). */
const HEX_RUN = /[0-9a-f]{320,}/gi;
const MINIMUM_BASE64 = 213;

/** 1 for each character of base64 in both of its alphabets; hex needs no others. */
const IS_BASE64 = Uint8Array.from({ length: 256 }, (_, code) =>
  Number(/[A-Za-z0-9+/_-]/.test(String.fromCharCode(code))),
);

export interface SpeltBytes {
  readonly by: "hex" | "base64";
  readonly bytes: Uint8Array;
}

/** `text` in UTF-8 or any other code that agrees with ASCII. */
export function* speltBytes(text: Uint8Array): Generator<SpeltBytes> {
  for (const run of base64Runs(text)) {
    for (const [hex] of run.matchAll(HEX_RUN)) yield { by: "hex", bytes: Buffer.from(hex, "hex") };
    yield { by: "base64", bytes: Buffer.from(run, "base64") };
  }
}

/** All longest runs of base64 of at least MINIMUM_BASE64 characters. */
function* base64Runs(text: Uint8Array): Generator<string> {
  for (let start = 0; start + MINIMUM_BASE64 <= text.length;) {
    // From the end backwards: the last foreign byte rules out all that begin before it.
    let at = start + MINIMUM_BASE64 - 1;
    while (at >= start && IS_BASE64[text[at] as number] === 1) at -= 1;
    if (at >= start) {
      start = at + 1;
      continue;
    }
    let end = start + MINIMUM_BASE64;
    while (end < text.length && IS_BASE64[text[end] as number] === 1) end += 1;
    yield Buffer.from(text.buffer, text.byteOffset + start, end - start).toString("latin1");
    start = end + 1;
  }
}
