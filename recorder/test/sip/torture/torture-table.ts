// What the recorder does with each message of RFC 4475 and RFC 5118: the answer on UDP, or null
// for silence. The rows are expectations.json, which harness/test/live reads too. They follow the
// RFC's own words for a user agent server that takes calls and nothing else (no REGISTER, no
// MESSAGE: 405); `why` says which words, where it is not plain.
import { readFileSync } from "node:fs";

export interface TortureCase {
  readonly rfc: "RFC 4475" | "RFC 5118";
  readonly section: string;
  /** Of the RFC, and of the file in messages/. */
  readonly name: string;
  /** Of the answer; null: dropped, as every stray response is. */
  readonly status: number | null;
  readonly why: string;
  /** Headers that the answer must have. */
  readonly headers?: readonly string[];
  /** Sent with a Content-Length that tells the truth. */
  readonly withTrueLength?: boolean;
}

const ROWS = JSON.parse(
  readFileSync(new URL("expectations.json", import.meta.url), "utf8"),
) as readonly TortureCase[];

/** §3.1.1 (valid), §3.1.2 (invalid), §3.2 – §3.4 (transaction, application, old). */
export const RFC_4475: readonly TortureCase[] = ROWS.filter(({ rfc }) => rfc === "RFC 4475");

/** §4. Three bodies are printed with a Content-Length of another form: they are sent both ways. */
export const RFC_5118: readonly TortureCase[] = ROWS.filter(({ rfc }) => rfc === "RFC 5118");
