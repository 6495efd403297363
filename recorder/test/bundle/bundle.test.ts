// The bundle's file: whole or not there, streamed, with a manifest that tells each entry (R24).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { writeBundle, type BundlePlan } from "../../src/bundle/bundle.ts";
import type { Source } from "../../src/bundle/contents.ts";
import { SecretMask } from "../../src/bundle/secret-mask.ts";
import { RecorderError } from "../../src/errors.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { readZip } from "./read-zip.ts";

const OUT = "/out/fault.zip";
const NOW_MS = Date.parse("2026-11-23T12:00:00Z");

const AT = (minute: number): string => `2026-11-23T11:0${minute}:00.000Z`;

function world() {
  const disk = new MemoryDisk();
  disk.directories.add("/out");
  const source = (path: string, kind: Source["kind"], content: string | Uint8Array): Source => {
    disk.put(path, content);
    const sizeBytes = Buffer.from(content).length;
    return { path, disk, name: path.slice(1), why: "why", kind, sizeBytes, modifiedTimeMs: NOW_MS };
  };
  const plan = (sources: readonly Source[], changes: Partial<BundlePlan> = {}): BundlePlan => ({
    ...{ path: OUT, nowTimeMs: NOW_MS, span: null, made: [], sources },
    ...{ released: [], missing: [], about: {}, limitBytes: 1e9, ...changes },
  });
  const write = (wanted: BundlePlan, secrets: string[] = []) =>
    writeBundle(wanted, { disk, mask: new SecretMask(secrets) }, () => undefined);
  const zip = () => readZip(disk.files.get(OUT) ?? new Uint8Array(0));
  return { disk, source, plan, write, zip };
}

test("R24 every entry is as it was, and the manifest tells bytes, sha256 and why", async () => {
  const { source, plan, write, zip } = world();
  const audio = new Uint8Array(700_000).map((_, index) => (index * 31) % 251);
  const sources = [source("/live/k.ul", "ul", audio), source("/log/x", "log", "one\ntwo\n")];
  const made = [{ name: "versions.json", why: "what runs here", text: "{}\n" }];
  const result = await write(plan(sources, { made, about: { recorder: "r1" } }));
  const files = await zip();
  assert.deepEqual([...files.keys()], ["versions.json", "live/k.ul", "log/x", "manifest.json"]);
  assert.deepEqual(files.get("live/k.ul"), Buffer.from(audio));
  const manifest = JSON.parse(String(files.get("manifest.json"))) as {
    files: { file: string; bytes: number; sha256: string; why: string }[];
    recorder: string;
  };
  assert.equal(manifest.recorder, "r1");
  for (const { file, bytes, sha256 } of manifest.files) {
    const content = files.get(file) ?? Buffer.alloc(0);
    assert.equal(bytes, content.length);
    assert.equal(sha256, createHash("sha256").update(content).digest("hex"));
  }
  assert.equal(result.bytes > 0 && result.files.length === 3, true);
});

test("only the lines of the span go in; one without a time belongs to the one before", async () => {
  const { source, plan, write, zip } = world();
  const lines = [
    "no time yet",
    `{"at":"${AT(1)}","n":1}`,
    `{"at":"${AT(2)}","n":2}`,
    "of the second",
    `${AT(3)} 192.0.2.1 in 49`,
    `{"at":"${AT(4)}","n":4}`,
  ];
  const span = { fromTimeMs: Date.parse(AT(2)), toTimeMs: Date.parse(AT(3)) };
  await write(plan([source("/log", "log", `${lines.join("\n")}\n`)], { span }));
  assert.equal(String((await zip()).get("log")), `${lines.slice(2, 5).join("\n")}\n`);
});

test("R24 secrets are masked in text and in the manifest, torn lines stay torn", async () => {
  const { source, plan, write, zip } = world();
  const torn = source("/live/k.tmpvrtx", "journal", '{"a":"hush-hush"}\n{"torn');
  const result = await write(plan([torn], { about: { note: "hush-hush" } }), ["hush-hush"]);
  const files = await zip();
  assert.equal(String(files.get("live/k.tmpvrtx")), '{"a":"***"}\n{"torn');
  assert.ok(!String(files.get("manifest.json")).includes("hush"));
  assert.equal(result.files[0]?.masked, true);
});

test("a file that goes while the bundle is made is told, the rest is there", async () => {
  const { disk, source, plan, write, zip } = world();
  const gone = source("/live/gone.ul", "ul", "xx");
  const stays = source("/live/stays.ul", "ul", "yy");
  disk.files.delete("/live/gone.ul");
  const { missing } = await write(plan([gone, stays]));
  assert.deepEqual(missing, [{ file: "live/gone.ul", why: "it went while the bundle was made" }]);
  assert.equal(String((await zip()).get("live/stays.ul")), "yy");
});

test("what is appended meanwhile is left out", async () => {
  const { disk, source, plan, write, zip } = world();
  const log = source("/log", "log", "one\n");
  disk.put("/log", "one\ntwo\n");
  await write(plan([log]));
  assert.equal(String((await zip()).get("log")), "one\n");
});

test("beyond its limit nothing is written, and the answer says by how much", async () => {
  const { disk, source, plan, write } = world();
  const large = source("/live/k.ul", "ul", new Uint8Array(2048));
  await assert.rejects(write(plan([large], { limitBytes: 1024 })), (error) => {
    assert.ok(error instanceof RecorderError);
    assert.equal(error.code, "BUNDLE_TOO_LARGE");
    assert.match(error.message, /1 files of 2\.0 KiB in all; the limit is 1\.0 KiB.*--recording/);
    return true;
  });
  assert.deepEqual([...disk.files.keys()], ["/live/k.ul"]);
});

test("a disk that refuses leaves neither bundle nor part", async () => {
  for (const call of [`open-append ${OUT}.part`, `rename ${OUT}.part`]) {
    const { disk, source, plan, write } = world();
    disk.failures.set(call, "ENOSPC");
    await assert.rejects(write(plan([source("/x", "log", "x\n")])), /BUNDLE_FAILED.*ENOSPC/);
    assert.deepEqual([...disk.files.keys()], ["/x"], call);
  }
});
