// The rules in force: replaced as a whole, durably, with history; a bad file changes nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRules } from "../../src/config-rules.ts";
import { RecorderError } from "../../src/errors.ts";
import { HISTORY_KEPT, MAXIMUM_FILE_BYTES, RuleBook } from "../../src/rules/rule-book.ts";
import { FakeClock, RecordingLog } from "../devlink3/fakes.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { rulesOf } from "./steps.ts";

const FILE = "/state/rules.json";
const given = (title: string) => ({ title, kind: "agent", match: { agents: ["2001"] } });

function open(disk = new MemoryDisk(), configured = rulesOf(given("configured"))) {
  const changes: string[][] = [];
  const book: RuleBook = new RuleBook(
    { directory: "/state", check: checkRules, configured },
    { disk, clock: new FakeClock(), log: new RecordingLog() },
    () => changes.push(book.rules().map(({ title }) => title)),
  );
  return { disk, book, changes };
}

test("the configuration's rules are in force as long as none were saved", async () => {
  const { book, changes } = open();
  await book.load();
  const { revision, source, savedAt, rules } = book.current();
  assert.deepEqual([revision, source, savedAt], [0, "configuration", null]);
  assert.equal(rules[0]?.title, "configured");
  assert.deepEqual([book.history(), changes], [[], []]);
});

test("rules are replaced durably, told, and found again after a restart", async () => {
  const { disk, book, changes } = open();
  const answer = await book.replace([given("one")], { by: "ann" });
  assert.ok(answer.ok);
  assert.deepEqual([answer.view.revision, answer.view.savedBy], [1, "ann"]);
  assert.deepEqual(changes, [["one"]]);
  assert.deepEqual(disk.calls, [
    "makeDirectory /state",
    `open-create ${FILE}.part`,
    `write ${FILE}.part`,
    `sync ${FILE}.part`,
    `rename ${FILE}.part`,
    "syncDirectory /state",
  ]);
  await book.replace([], { by: "bob", expectedRevision: 1 });
  const next = open(disk);
  await next.book.load();
  assert.deepEqual([next.book.current().revision, next.book.rules()], [2, []]);
  const past = next.book.history().map(({ revision, rules }) => [revision, rules[0]?.title]);
  assert.deepEqual(past, [
    [1, "one"],
    [0, "configured"],
  ]);
});

test("a part that a crash left is written over", async () => {
  const disk = new MemoryDisk();
  disk.put(`${FILE}.part`, "half");
  const { book } = open(disk);
  assert.ok((await book.replace([given("one")], { by: "ann" })).ok);
  assert.ok(!disk.files.has(`${FILE}.part`));
});

test("bad rules are refused, all problems at once, and the old ones stay", async () => {
  const { book, disk } = open();
  const answer = await book.replace(
    [
      { ...given("a"), share: 101 },
      { kind: "agent", match: { agents: [] } },
    ],
    { by: "ann" },
  );
  assert.ok(!answer.ok && answer.code === "invalid");
  assert.deepEqual(
    answer.problems.map(({ path }) => path),
    ["rules[0].share", "rules[1].title", "rules[1].match.agents"],
  );
  assert.deepEqual([book.rules()[0]?.title, disk.calls], ["configured", []]);
});

test("who saves on top of another's change is told", async () => {
  const { book } = open();
  await book.replace([given("one")], { by: "ann" });
  const answer = await book.replace([given("two")], { by: "bob", expectedRevision: 0 });
  assert.ok(!answer.ok && answer.code === "conflict");
  assert.equal(answer.view.revision, 1);
  assert.equal(book.rules()[0]?.title, "one");
});

test("two at once are put in force one after the other", async () => {
  const { book, changes } = open();
  await Promise.all([
    book.replace([given("one")], { by: "ann" }),
    book.replace([given("two")], { by: "bob" }),
  ]);
  assert.deepEqual([changes, book.current().revision], [[["one"], ["two"]], 2]);
});

test("a disk that refuses leaves the old rules in force, and the next try may do", async () => {
  const { book, disk, changes } = open();
  disk.failures.set(`rename ${FILE}.part`, "ENOSPC");
  await assert.rejects(
    book.replace([given("one")], { by: "ann" }),
    (error) => error instanceof RecorderError && error.code === "STATE_WRITE_FAILED",
  );
  assert.deepEqual([book.current().revision, changes], [0, []]);
  disk.failures.clear();
  assert.ok((await book.replace([given("one")], { by: "ann" })).ok);
});

test("the history is limited; the oldest state goes", async () => {
  const { book } = open();
  for (let index = 0; index <= HISTORY_KEPT; index += 1) {
    await book.replace([given(`rule ${index}`)], { by: "ann" });
  }
  assert.equal(book.history().length, HISTORY_KEPT);
  assert.equal(book.history().at(-1)?.revision, 1);
});

const BAD_FILES: readonly [string, string][] = [
  ["no JSON", "{"],
  ["no object", "[]"],
  ["no rules", "{}"],
  ["a rule of an unknown kind", JSON.stringify({ rules: [{ title: "a", kind: "moon" }] })],
];

for (const [name, content] of BAD_FILES) {
  test(`rules.json with ${name}: refused at start, at a reload the old rules stay`, async () => {
    const disk = new MemoryDisk();
    disk.put(FILE, content);
    const { book } = open(disk);
    await assert.rejects(
      book.load(),
      (error) => error instanceof RecorderError && error.code === "RULES_UNREADABLE",
    );
    const answer = await book.reload([]);
    assert.ok(!answer.ok && answer.code === "invalid");
    assert.equal(book.rules()[0]?.title, "configured");
  });
}

test("a file that cannot be read, or is too large, is no file of rules", async () => {
  const disk = new MemoryDisk();
  disk.put(FILE, "{}");
  const { book } = open(disk);
  disk.failures.set(`readFile ${FILE}`, "EIO");
  await assert.rejects(book.load(), /cannot be read \(EIO\)/);
  disk.failures.clear();
  const status = disk.status.bind(disk);
  disk.status = async (path) => {
    const found = await status(path);
    return found === null ? null : { ...found, sizeBytes: MAXIMUM_FILE_BYTES + 1 };
  };
  await assert.rejects(book.load(), /is larger than/);
});

test("a reload takes rules.json as it is now; without one, the new configuration's rules", async () => {
  const { book, disk, changes } = open();
  const plain = [given("from the new configuration")];
  assert.ok((await book.reload(plain)).ok);
  assert.equal(book.current().source, "configuration");
  disk.put(FILE, JSON.stringify({ version: 1, revision: 7, rules: [given("by hand")] }));
  assert.ok((await book.reload(plain)).ok);
  assert.deepEqual([book.current().revision, book.current().source], [7, "state"]);
  assert.deepEqual(changes, [["from the new configuration"], ["by hand"]]);
  disk.files.delete(FILE);
  const bad = await book.reload([{}]);
  assert.ok(!bad.ok && bad.code === "invalid");
  assert.equal(book.rules()[0]?.title, "by hand");
});
