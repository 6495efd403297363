// Keys of SRTP stand in SIP messages, and those in logs and journals, which outlive the call: there
// a number stands in a key's place (RFC 4568 §7.1, specs/standards.md: keys are never logged). The
// keys themselves are kept beside the journal while the call is up, since after a crash it goes on
// with them. Pure.
import { INLINE_KEY } from "../sdp/inline-keys.ts";

/** Each re-INVITE may bring some; those beyond are hidden and lost. */
export const SRTP_KEYS_LIMIT = 1000;

/** As long as the key that it stands for: Content-Length stays true. */
const HIDDEN_KEY = /(\binline:)\*(\d*)\*+/g;

/** Those of one recording, in the order of their coming. */
export class SrtpKeys {
  readonly #keys: string[];
  #toldKeys: number;

  /** `known`: those that a crash left. */
  constructor(known: readonly string[] = []) {
    this.#keys = [...known];
    this.#toldKeys = known.length;
  }

  hide(text: string): string {
    if (!text.includes("inline:")) return text;
    return text.replaceAll(INLINE_KEY, (_, label: string, key: string) => {
      const number = this.#numberOf(key);
      return label + `*${number ?? ""}*`.padEnd(key.length, "*");
    });
  }

  /** Those that were hidden since it was asked last: to be kept, in this order. */
  takeNew(): readonly string[] {
    const added = this.#keys.slice(this.#toldKeys);
    this.#toldKeys = this.#keys.length;
    return added;
  }

  #numberOf(key: string): number | null {
    const known = this.#keys.indexOf(key);
    if (known >= 0) return known;
    if (this.#keys.length >= SRTP_KEYS_LIMIT) return null;
    return this.#keys.push(key) - 1;
  }
}

/** The text as it was; what has no key any more stays hidden. */
export function reveal(text: string, keys: readonly string[]): string {
  return text.replaceAll(HIDDEN_KEY, (hidden: string, label: string, number: string) => {
    const key = number === "" ? undefined : keys[Number(number)];
    return key?.length === hidden.length - label.length ? label + key : hidden;
  });
}
