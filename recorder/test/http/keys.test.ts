// API keys: stored as hashes, written whole or not at all.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { RecorderError } from "../../src/errors.ts";
import { ApiKeys, MAXIMUM_KEYS, ONE_TIME_LIMIT_MS } from "../../src/http/keys.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { TestClock } from "../sip/fake-ports.ts";
import { countingRandom } from "./fakes.ts";

const FILE = "/state/keys.json";

function open(disk = new MemoryDisk()) {
  const clock = new TestClock();
  return { disk, clock, keys: new ApiKeys("/state", { disk, random: countingRandom(), clock }) };
}

test("a key is shown once and stored as its hash, durably", async () => {
  const { disk, keys } = open();
  await keys.load();
  assert.equal(keys.isEmpty(), true);
  const token = await keys.create("Ann", "manager");
  assert.match(token, /^tapeline_[A-Za-z0-9_-]{32}$/);
  assert.equal(keys.isEmpty(), false);
  const text = disk.text(FILE);
  assert.ok(!text.includes(token));
  assert.deepEqual(JSON.parse(text), {
    version: 1,
    keys: [
      {
        id: "00000000-0000-4000-8000-000000000002",
        name: "Ann",
        role: "manager",
        extensions: null,
        createdAt: "2026-11-22T17:00:01.000Z",
        hash: createHash("sha256").update(token).digest("hex"),
      },
    ],
  });
  assert.deepEqual(disk.calls, [
    "makeDirectory /state",
    `open-create ${FILE}.part`,
    `write ${FILE}.part`,
    `sync ${FILE}.part`,
    `rename ${FILE}.part`,
    "syncDirectory /state",
  ]);
});

test("keys are found again after a restart, others are not", async () => {
  const first = open();
  const one = await first.keys.create("Ann", "manager");
  const two = await first.keys.create("Bob", "agent");
  const { keys } = open(first.disk);
  await keys.load();
  assert.equal(keys.find(one)?.name, "Ann");
  assert.equal(keys.find(two)?.role, "agent");
  assert.equal(keys.find(`${two}x`), null);
  assert.equal(keys.find(""), null);
});

test("an unknown key is looked for in the file once a second at most", async () => {
  const first = open();
  const token = await first.keys.create("Ann", "manager");
  const { clock, disk, keys } = open();
  await keys.load();
  disk.put(FILE, first.disk.text(FILE));
  assert.equal(await keys.findOrLoad(token), null);
  clock.advance(999);
  assert.equal(await keys.findOrLoad(token), null);
  clock.advance(1);
  assert.equal((await keys.findOrLoad(token))?.name, "Ann");
  assert.equal((await keys.findOrLoad(token))?.name, "Ann");
});

test("a part of an earlier attempt is replaced", async () => {
  const { disk, keys } = open();
  disk.put(`${FILE}.part`, "torn");
  await keys.create("Ann", "agent");
  assert.ok(disk.text(FILE).includes("Ann"));
  assert.equal(disk.files.has(`${FILE}.part`), false);
});

test("when writing fails the keys of before stay", async () => {
  const { disk, keys } = open();
  await keys.create("Ann", "agent");
  const before = disk.text(FILE);
  disk.failures.set(`rename ${FILE}.part`, "ENOSPC");
  await assert.rejects(keys.create("Bob", "agent"), /ENOSPC/);
  assert.equal(disk.text(FILE), before);
});

test("entries that are no keys are left out; other text is a coded error", async () => {
  const { disk, keys } = open();
  const good = { id: "1", name: "Ann", role: "agent", createdAt: "x", hash: "a".repeat(64) };
  const bad = [
    null,
    "x",
    { ...good, role: "king" },
    { ...good, hash: "short" },
    { ...good, id: 1 },
  ];
  disk.put(FILE, JSON.stringify({ version: 1, keys: [...bad, good] }));
  await keys.load();
  assert.equal(keys.isEmpty(), false);
  for (const text of ["{", "[]", '{"keys":5}', "null"]) {
    disk.put(FILE, text);
    await assert.rejects(
      keys.load(),
      (error) => error instanceof RecorderError && error.code === "CONFIG_UNREADABLE",
    );
  }
});

test("a disk that cannot be read is not taken for one without keys", async () => {
  const { disk, keys } = open();
  disk.put(FILE, "{}");
  disk.failures.set(`readFile ${FILE}`, "EIO");
  await assert.rejects(keys.load(), /EIO/);
});

test("there is a limit on keys", async () => {
  const { disk, keys } = open();
  const key = { id: "1", name: "Ann", role: "agent", createdAt: "x", hash: "a".repeat(64) };
  disk.put(FILE, JSON.stringify({ keys: Array.from({ length: MAXIMUM_KEYS }, () => key) }));
  await keys.load();
  await assert.rejects(
    keys.create("Bob", "agent"),
    (error) => error instanceof RecorderError && error.code === "STATE_WRITE_FAILED",
  );
});

test("a scope is kept; one that cannot be read makes the entry no key", async () => {
  const { disk, keys } = open();
  const token = await keys.create("Ann", "agent", ["201", "202"]);
  await keys.load();
  assert.deepEqual(keys.find(token)?.extensions, ["201", "202"]);
  const text = disk.text(FILE);
  disk.put(FILE, text.replace(/"extensions": \[[^\]]*\]/, '"extensions": "all"'));
  await keys.load();
  assert.equal(keys.find(token), null);
  disk.put(FILE, text.replace(/"extensions": \[[^\]]*\],/, ""));
  await keys.load();
  assert.equal(keys.find(token)?.extensions, null, "a key of before there were scopes");
});

test("a key that is taken back is none any more, for other processes within a second", async () => {
  const { disk, clock, keys } = open();
  const one = await keys.create("Ann", "agent");
  const two = await keys.create("Bob", "agent");
  const other = new ApiKeys("/state", { disk, random: countingRandom(50), clock });
  await other.load();
  const ann = other.find(one);
  assert.equal((await other.revoke(ann?.id ?? ""))?.name, "Ann");
  assert.equal(await other.revoke("nobody"), null);
  assert.equal(other.find(one), null);
  clock.advance(1_000);
  assert.equal(await keys.findOrLoad(one), null);
  assert.equal((await keys.findOrLoad(two))?.name, "Bob");
  assert.equal(await keys.findByIdOrLoad(ann?.id ?? ""), null);
});

test("keys made at the same time are all kept", async () => {
  const { keys } = open();
  await Promise.all(["a", "b", "c"].map((name) => keys.create(name, "agent")));
  await keys.load();
  assert.deepEqual(
    keys.list().map(({ name }) => name),
    ["a", "b", "c"],
  );
});

test("a one-time key ends with its first sign-in, after a day, or when it is replaced", async () => {
  const { disk, clock, keys } = open();
  const first = await keys.addOneTime();
  assert.equal(keys.isFirstStart(), true);
  const key = keys.find(first);
  assert.ok(key?.oneTime !== undefined && key.role === "administrator");
  assert.deepEqual(await Promise.all([keys.useUp(key), keys.useUp(key)]), [true, false]);
  assert.equal(keys.find(first), null);
  assert.ok(keys.findById(key.id) !== null, "its session goes on");
  const again = open(disk);
  await again.keys.load();
  assert.equal(again.keys.find(first), null, "used, also after a restart");
  const second = await keys.addOneTime();
  assert.equal(keys.findById(key.id), null, "the one before is no more");
  clock.advance(ONE_TIME_LIMIT_MS);
  assert.equal(keys.find(second), null, "too late");
  const third = await keys.addOneTime();
  await keys.create("Bob", "supervisor");
  assert.ok(keys.find(third) !== null, "nobody can administrate yet");
  const lasting = await keys.create("Ann", "administrator");
  assert.deepEqual([keys.find(third), keys.isFirstStart()], [null, false]);
  assert.ok(keys.find(lasting) !== null);
});
