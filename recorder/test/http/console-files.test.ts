// The console as the recorder serves it: its page for every deep link under a strict policy, its
// files as they were built, and never in the way of the API.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { HttpServer } from "../../src/http/server.ts";
import { nodeConsoleFiles } from "../../src/ports/node/console-files.ts";
import { Site } from "./fakes.ts";

const PAGE =
  '<!doctype html><meta property="csp-nonce" nonce="%CSP_NONCE%"><title>Tapeline</title>';
const SCRIPT = "export const built = true;";
const BROWSER = { accept: "text/html,application/xhtml+xml" };

function build(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "tapeline-dist-"));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), PAGE);
  writeFileSync(join(folder, "assets", "index-4f1c.js"), SCRIPT);
  writeFileSync(join(folder, "assets", "index-4f1c.js.gz"), gzipSync(SCRIPT));
  writeFileSync(join(folder, "icon.svg"), "<svg/>");
  return folder;
}

async function serve(context: TestContext, folder: string) {
  const site = new Site();
  const server = await HttpServer.create(site.api, site.keys, {
    console: nodeConsoleFiles(folder),
  });
  context.after(() => server.close());
  return (url: string, headers: Readonly<Record<string, string>> = {}) =>
    server.app.inject({ url, headers });
}

test("every deep link is answered with the page, under a policy of 'self' and a nonce of its own", async (context) => {
  const ask = await serve(context, build(context));
  const nonces = new Set<string>();
  for (const url of ["/", "/recordings", "/recordings/a-1?q=x", "/index.html"]) {
    const { statusCode, headers, body } = await ask(url, BROWSER);
    assert.equal(statusCode, 200, url);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["x-content-type-options"], "nosniff");
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /^default-src 'self'; style-src 'self' 'nonce-[\w+/=]+';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    const nonce = /nonce="([^"]+)"/.exec(body)?.[1] ?? "";
    assert.ok(policy.includes(`'nonce-${nonce}'`), "the page's nonce is the policy's");
    nonces.add(nonce);
  }
  assert.equal(nonces.size, 4, "a nonce is for one answer");
});

test("files: hashed ones for ever, others asked again; compressed for who takes it", async (context) => {
  const ask = await serve(context, build(context));
  const plain = await ask("/assets/index-4f1c.js");
  assert.equal(plain.body, SCRIPT);
  assert.equal(plain.headers["content-type"], "text/javascript; charset=utf-8");
  assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
  const small = await ask("/assets/index-4f1c.js", { "accept-encoding": "br, gzip" });
  assert.equal(small.headers["content-encoding"], "gzip");
  assert.equal(gunzipSync(small.rawPayload).toString(), SCRIPT);
  assert.equal((await ask("/icon.svg")).headers["cache-control"], "no-cache");
  assert.equal((await ask("/icon.svg")).headers["content-type"], "image/svg+xml");
});

test("what is not there: JSON for the API and for files, never the page", async (context) => {
  const ask = await serve(context, build(context));
  const urls = ["/api/v1/nothing", "/rest/x", "/assets/old-1.js", "/healthz/x"];
  for (const url of urls) {
    const answer = await ask(url, BROWSER);
    assert.equal(answer.statusCode, 404, url);
    assert.match(String(answer.headers["content-type"]), /^application\/json/);
    assert.match(answer.body, /"code":"not-found"/);
  }
  assert.equal((await ask("/recordings")).statusCode, 404, "a program that takes no page");
});

test("a file outside of the built ones is never read, whatever the path", async (context) => {
  const ask = await serve(context, build(context));
  for (const url of [
    "/../package.json",
    "/%2e%2e/package.json",
    "/assets/..%2f..%2fpackage.json",
  ]) {
    const { statusCode, body } = await ask(url);
    assert.equal(statusCode, 404, url);
    assert.doesNotMatch(body, /"version"/);
  }
});

test("a checkout whose console was not built says how to build it, and the API works", async (context) => {
  const ask = await serve(context, join(tmpdir(), "tapeline-no-such-folder"));
  const { statusCode, headers, body } = await ask("/", BROWSER);
  assert.equal(statusCode, 503);
  assert.match(String(headers["content-security-policy"]), /default-src 'self'/);
  assert.match(body, /npm run build -w recorder\/console/);
  assert.equal((await ask("/healthz")).statusCode, 200);
});
