// The file with a call's keys of SRTP, beside its journal while the call is up: a key in Base64 a
// line, in the order in which the journal numbers them.

/** Behind the recording's key, in the live directory. */
export const KEYS_FILE_SUFFIX = ".srtp";

export function serializeKeysFile(keys: readonly string[]): Uint8Array {
  return new TextEncoder().encode(keys.map((key) => `${key}\n`).join(""));
}

/** A line that was cut off is none. */
export function parseKeysFile(bytes: Uint8Array): readonly string[] {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  const damaged = lines.findIndex((line) => !/^[A-Za-z0-9+/=]+$/.test(line));
  // Keys are known by their number: behind a damaged one none is sure.
  return damaged < 0 ? lines : lines.slice(0, damaged);
}
