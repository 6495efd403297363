// Takes secrets out of what leaves the house in a bundle (R24): the values that the configuration
// holds, wherever they stand and in whatever coding; and what looks like one by its place:
// passwords and tokens as fields, SIP and HTTP credentials, private keys, keys of SRTP, user parts
// of URLs. Pure. Audio never comes here.
import { INLINE_KEY } from "../sdp/inline-keys.ts";
import { maskRawLine } from "./raw-log-mask.ts";

export const MASK = "***";

/** A shorter value would blank out half the text: it is masked only where its place tells it. */
export const SHORTEST_SECRET_CHARACTERS = 4;

/** Fields whose value is a secret whatever it is; of the recorder's keys only the hash is known. */
const SECRET_FIELD =
  /^(?:password|passwd|passphrase|secret|token|api-?key|private-?key|(?:proxy-)?authorization|cookie|set-cookie|hash)$/i;

const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // RFC 3261 §20.7, §20.28; also "credentials" as HTTP writes them.
  [/^((?:proxy-)?authorization[ \t]*:[ \t]*)\S.*$/gim, `$1${MASK}`],
  [/\b(Bearer|Basic)[ \t]+(?=\S*[\d=])[A-Za-z0-9+/=_.~-]{8,}/g, `$1 ${MASK}`],
  [/\btapeline_[A-Za-z0-9_-]{16,}/g, `tapeline_${MASK}`],
  [/\b(tapeline_session=)[^\s;,"]+/g, `$1${MASK}`],
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    `-----PRIVATE KEY ${MASK}-----`,
  ],
  [INLINE_KEY, `$1${MASK}`],
  [/(:\/\/[^\s/:@]{0,200}:)[^\s/@]{1,200}@/g, `$1${MASK}@`],
  [/([?&][\w-]*(?:token|secret|passw(?:or)?d|key|sig(?:nature)?)=)[^&\s"]+/gi, `$1${MASK}`],
  [
    /\b(password|passwd|passphrase|secret)(["']?\s*[:=]\s*["']?)(?!\*\*\*)[^\s"',;&]{1,200}/gi,
    `$1$2${MASK}`,
  ],
];

export class SecretMask {
  readonly #values: readonly string[];
  readonly #bytes: readonly Buffer[];
  #count = 0;

  /** `secrets`: the values themselves. */
  constructor(secrets: readonly string[]) {
    const known = secrets.filter((secret) => secret.length >= SHORTEST_SECRET_CHARACTERS);
    const texts = new Set(known.flatMap(codings));
    // The longest first: one secret may be the beginning of another.
    this.#values = [...texts].sort((one, other) => other.length - one.length);
    this.#bytes = known.flatMap((secret) => [
      Buffer.from(secret, "utf8"),
      Buffer.from(secret, "utf16le"),
      Buffer.from(secret, "utf16le").swap16(),
    ]);
  }

  /** Places masked so far. */
  get count(): number {
    return this.#count;
  }

  /** A line of a log, of a state file or of a journal; unchanged when it holds no secret. */
  line(line: string): string {
    const raw = maskRawLine(line, this.#bytes);
    if (raw !== null) return this.#counted(line, raw);
    const brace = line.indexOf("{");
    const value = brace < 0 ? null : objectOf(line.slice(brace));
    if (value === null) return this.text(line);
    const before = this.#count;
    const masked = this.value(value);
    const head = this.text(line.slice(0, brace));
    return this.#count === before ? line : head + JSON.stringify(masked);
  }

  /** Free text of any number of lines. */
  text(text: string): string {
    let masked = text;
    for (const value of this.#values) masked = masked.replaceAll(value, MASK);
    for (const [pattern, replacement] of PATTERNS) masked = masked.replace(pattern, replacement);
    return this.#counted(text, masked);
  }

  /** JSON data: strings as text, fields by their names. */
  value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.text(name), this.#field(name, item)]),
    );
  }

  #field(name: string, item: unknown): unknown {
    const isScalar = typeof item === "string" || typeof item === "number";
    if (!SECRET_FIELD.test(name) || !isScalar) return this.value(item);
    return this.#counted(String(item), item === "" ? "" : MASK);
  }

  #counted(before: string, after: string): string {
    if (before !== after) this.#count += 1;
    return after;
  }
}

/** As it stands, in a URL, in JSON, in Base64, in hex. */
function codings(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("base64"),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("hex"),
  ].filter((text) => text.length >= SHORTEST_SECRET_CHARACTERS);
}

function objectOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
