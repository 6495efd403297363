// The built console: small, complete, from no other host; and a recorder that was packed or started
// from a checkout serves what was built (issue-level acceptance: below 400 kB, loads offline).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildConsole } from "./office.ts";

const DIST = fileURLToPath(new URL("../../../recorder/console/dist", import.meta.url));
const LIMIT_BYTES = 400_000;
/** Names of standards, which nobody asks for over a network. */
const NAMES = /^https?:\/\/(?:www\.w3\.org\/)/;

const files = (): readonly string[] =>
  readdirSync(DIST, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

before(buildConsole);

test("all of it together is below 400 kB, compressed", (context) => {
  const plain = files().filter((path) => !path.endsWith(".gz"));
  const bytes = plain.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
  context.diagnostic(`${plain.length} files, ${bytes} bytes compressed`);
  assert.ok(bytes < LIMIT_BYTES, `${bytes} bytes`);
  assert.ok(plain.some((path) => path.endsWith("index.html")));
});

test("scripts, styles and pages have their compressed copy beside them", () => {
  const all = new Set(files());
  const texts = [...all].filter((path) => /\.(?:html|js|css|svg)$/.test(path));
  assert.ok(texts.length > 5);
  for (const path of texts) assert.ok(all.has(`${path}.gz`), path);
});

test("nothing is asked of another host, and nothing is inline", () => {
  const texts = files().filter((path) => /\.(?:html|js|css|svg)$/.test(path));
  const loads = /(?:src|href|url|import|fetch|from)\s*[=(]?\s*["'(]?(https?:\/\/[^"'`)\s]+)/g;
  for (const path of texts) {
    const text = readFileSync(path, "utf8");
    const asked = [...text.matchAll(loads)].map(([, address = ""]) => address);
    assert.deepEqual(
      asked.filter((address) => !NAMES.test(address)),
      [],
      path,
    );
  }
  const page = readFileSync(join(DIST, "index.html"), "utf8");
  assert.doesNotMatch(page, /<style|style="|<script(?![^>]*\bsrc=)|\son\w+="/);
});
