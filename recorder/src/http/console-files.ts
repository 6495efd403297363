// The web console as the recorder serves it: the built files of recorder/console, held in memory,
// under a strict Content-Security-Policy. A deep link of the console is answered with its first
// page. design.md §6; the page itself decides nothing, the API does.
import type { Random } from "../ports/index.ts";

/** One built file. */
export interface ConsoleFile {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** The same compressed with gzip; null where that gains nothing. */
  readonly gzip: Uint8Array | null;
}

/** By path: "/index.html", "/assets/index-4f1c.js". */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/** What a browser asks for, as far as it matters here. */
export interface ConsoleAsk {
  readonly path: string;
  readonly accept: string;
  readonly acceptEncoding: string;
}

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Paths that are the API's and never the console's: their 404 is JSON. */
const NOT_PAGES = /^\/(?:api|rest|metrics|healthz|readyz)(?:\/|$)/;
const INDEX = "/index.html";
const NONCE_BYTES = 16;
const NONCE_MARK = "%CSP_NONCE%";

const ASIDE = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** Nothing of another host, nothing inline; one nonce for the style element of the waveform. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** The answer to a GET that no route took; null when it is none of the console's business. */
export function answerConsole(
  files: ConsoleFiles | null,
  ask: ConsoleAsk,
  random: Random,
): ConsoleAnswer | null {
  if (NOT_PAGES.test(ask.path)) return null;
  const file = ask.path === INDEX ? undefined : files?.get(ask.path);
  if (file !== undefined) return asset(ask, file);
  const isPage = ask.path === "/" || ask.path === INDEX || ask.accept.includes("text/html");
  if (!isPage || ask.path.startsWith("/assets/")) return null;
  const index = files?.get(INDEX);
  if (index === undefined) return notBuilt();
  const nonce = Buffer.from(random.bytes(NONCE_BYTES)).toString("base64");
  const text = Buffer.from(index.bytes).toString("utf8").replaceAll(NONCE_MARK, nonce);
  return page(200, text, nonce);
}

function asset(ask: ConsoleAsk, { type, bytes, gzip }: ConsoleFile): ConsoleAnswer {
  const isHashed = ask.path.startsWith("/assets/");
  const takesGzip = gzip !== null && /\bgzip\b/.test(ask.acceptEncoding);
  return {
    status: 200,
    headers: {
      ...ASIDE,
      "content-type": type,
      "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
      vary: "accept-encoding",
      ...(takesGzip ? { "content-encoding": "gzip" } : {}),
    },
    body: takesGzip ? gzip : bytes,
  };
}

function page(status: number, text: string, nonce: string): ConsoleAnswer {
  return {
    status,
    headers: {
      ...ASIDE,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy(nonce),
      "cache-control": "no-store",
    },
    body: Buffer.from(text),
  };
}

/** Run from a checkout whose console was not built. */
function notBuilt(): ConsoleAnswer {
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tapeline: console not built</title>
<h1>This recorder runs; its web console has not been built</h1>
<p>In the checkout, run <code>npm run build -w recorder/console</code> and start the recorder
again. The recorder's package brings the console with it.</p>
<p>The API works: see <a href="/api/openapi.json">/api/openapi.json</a>.</p>
</html>
`;
  return page(503, text, "none");
}
