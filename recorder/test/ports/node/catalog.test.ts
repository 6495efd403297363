// The real catalog: SQLite behind a worker thread; an index that may vanish at any time.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import type { CatalogQuery, CatalogRow } from "../../../src/ports/index.ts";
import { nodeCatalog } from "../../../src/ports/node/catalog.ts";
import { CatalogDatabase } from "../../../src/ports/node/catalog-schema.ts";

const directory = mkdtempSync(join(tmpdir(), "tapeline-catalog-"));
after(() => rmSync(directory, { recursive: true }));
let fileNumber = 0;
const newFile = (): string => join(directory, `${(fileNumber += 1)}`, "catalog.sqlite");

function row(key: string, overrides: Partial<CatalogRow> = {}): CatalogRow {
  return {
    recordingKey: key,
    callKey: "pbx-17-1",
    part: 1,
    startTimeMs: 1000,
    samples: 8000,
    outcome: "ok",
    why: null,
    endReason: "remote-bye",
    recovered: false,
    agent: "Anna O'Neill",
    extension: "201",
    parties: ["201", "+49 30 1234"],
    liveStreamId: "s-1",
    sipCallId: "c@192.0.2.1",
    pool: "main",
    drive: "/pool",
    path: "/pool/x.spx",
    bytes: 2000,
    loss: 0.25,
    mos: 4.4,
    rule: null,
    isHeld: false,
    ...overrides,
  };
}

function open(file = newFile()) {
  const problems: string[] = [];
  const catalog = nodeCatalog({
    file,
    onProblem: (code, detail) => problems.push(`${code} ${detail}`),
  });
  return { catalog, problems, file };
}

test("a row comes back as it was put, is replaced by its key, and is removed", async () => {
  const { catalog, problems, file } = open();
  const bare = row("b", {
    callKey: null,
    part: null,
    why: "restart",
    agent: null,
    extension: null,
    parties: [],
    liveStreamId: null,
    pool: null,
    drive: null,
    path: null,
    mos: null,
    recovered: true,
  });
  await catalog.put(row("a"));
  await catalog.put(bare);
  assert.deepEqual(await catalog.get("a"), row("a"));
  assert.deepEqual(await catalog.get("b"), bare);
  assert.equal(await catalog.get("c"), null);
  await catalog.put(row("a", { outcome: "degraded" }));
  assert.equal((await catalog.get("a"))?.outcome, "degraded");
  await catalog.remove("a");
  await catalog.remove("a");
  assert.equal(await catalog.get("a"), null);
  await catalog.close();
  const again = open(file);
  assert.deepEqual(await again.catalog.get("b"), bare);
  await again.catalog.close();
  assert.deepEqual([...problems, ...again.problems], []);
});

test("a search gives the newest first, filtered and paged", async () => {
  const { catalog } = open();
  for (let index = 0; index < 10; index += 1) {
    await catalog.put(
      row(`k${index}`, {
        startTimeMs: index * 100,
        extension: index % 2 === 0 ? "201" : "202",
        outcome: index < 5 ? "ok" : "failed",
        callKey: index === 3 ? "other" : "call",
      }),
    );
  }
  const page = { limit: 100, offset: 0 };
  const keys = async (query: Parameters<typeof catalog.search>[0]): Promise<string> =>
    (await catalog.search(query)).map(({ recordingKey }) => recordingKey).join(" ");
  assert.equal(await keys({ limit: 3, offset: 0 }), "k9 k8 k7");
  assert.equal(await keys({ limit: 3, offset: 8 }), "k1 k0");
  assert.equal(await keys({ ...page, fromTimeMs: 200, toTimeMs: 500 }), "k4 k3 k2");
  assert.equal(await keys({ ...page, extension: "202", outcome: "failed" }), "k9 k7 k5");
  assert.equal(await keys({ ...page, callKey: "other" }), "k3");
  assert.equal(await keys({ ...page, extension: "' OR 1=1 --" }), "");
  assert.equal(await keys({ limit: -1, offset: -1 }), "");
  await catalog.close();
});

test("a search filters by agent, number, rule, tags, scope and hold", async () => {
  const { catalog } = open();
  await catalog.put(row("a"));
  await catalog.put(row("b", { agent: "Ben", rule: "sales", isHeld: true }));
  await catalog.put(
    row("c", { extension: "202", parties: ["Müller", "+44 20 9"], sipCallId: "x" }),
  );
  await catalog.put(row("d", { extension: null, liveStreamId: "s-4" }));
  const found = async (query: Partial<CatalogQuery>): Promise<string> => {
    const rows = await catalog.search({ limit: 10, offset: 0, ...query });
    return rows.map(({ recordingKey }) => recordingKey).join("");
  };
  assert.equal(await found({ agent: "Ben" }), "b");
  assert.equal(await found({ number: "30 1" }), "abd");
  assert.equal(await found({ number: "+44" }), "c");
  assert.equal(await found({ rule: "sales" }), "b");
  assert.equal(await found({ sipCallId: "x" }), "c");
  assert.equal(await found({ liveStreamId: "s-4" }), "d");
  assert.equal(await found({ extensions: ["201", "202"] }), "abc");
  assert.equal(await found({ extensions: [] }), "");
  assert.equal(await found({ isHeld: true }), "b");
  assert.equal(await found({ isHeld: false }), "acd");
  await catalog.close();
});

test("a search by text: any part of agent, extension, parties and rule, or how a key begins", async () => {
  const { catalog } = open();
  await catalog.put(row("018f-a", { callKey: "c0a8-17-1" }));
  await catalog.put(row("018f-b", { agent: "Ben", rule: 'Sales "north"', callKey: "c0a8-18-1" }));
  await catalog.put(row("018f-c", { extension: "777", parties: ["Müller"], callKey: null }));
  const page = { limit: 10, offset: 0 };
  const found = async (text: string): Promise<string> => {
    const rows = await catalog.search({ ...page, text });
    assert.equal(await catalog.count({ ...page, text }), rows.length, text);
    return rows.map(({ recordingKey }) => recordingKey.at(-1)).join("");
  };
  assert.equal(await found("o'neill"), "ac");
  assert.equal(await found("BEN"), "b");
  assert.equal(await found('s "nor'), "b", "quotes are text like any other");
  assert.equal(await found("30 1"), "ab");
  assert.equal(await found("müll"), "c");
  assert.equal(await found("77"), "c", "shorter than a trigram");
  assert.equal(await found("c0a8-18"), "b");
  assert.equal(await found("018f-"), "abc");
  assert.equal(await found("0a8-18"), "", "keys are found by their beginning only");
  assert.equal(await found("nothing of it OR *"), "");
  await catalog.put(row("018f-b", { agent: "Zoe", callKey: "c0a8-18-1" }));
  assert.equal(await found("ben"), "", "the texts change with the row");
  assert.equal(await found("zoe"), "b");
  await catalog.remove("018f-b");
  assert.equal(await found("zoe"), "");
  assert.equal(await catalog.count(page), 2);
  assert.equal(await catalog.count({ ...page, agent: "Anna O'Neill", extensions: ["777"] }), 1);
  await catalog.close();
});

test("a damaged file is moved aside and reported, and a new one is made", async () => {
  const { catalog, problems, file } = open();
  await catalog.put(row("a"));
  await catalog.close();
  writeFileSync(file, "not a database, but long enough to be looked at ".repeat(200));
  const again = open(file);
  assert.equal(await again.catalog.get("a"), null);
  await again.catalog.put(row("b"));
  assert.deepEqual(await again.catalog.get("b"), row("b"));
  await again.catalog.close();
  assert.equal(problems.length, 0);
  assert.match(again.problems.join(), /^CATALOG_FAILED .*was moved to .*damaged-1/);
  assert.ok(existsSync(`${file}.damaged-1`));
  writeFileSync(file, "damaged once more ".repeat(400));
  const third = open(file);
  assert.equal(await third.catalog.get("b"), null);
  await third.catalog.close();
  assert.ok(existsSync(`${file}.damaged-2`));
});

test("a file of another schema version is moved aside, too", async () => {
  const { catalog, file } = open();
  await catalog.put(row("a"));
  await catalog.close();
  const database = new DatabaseSync(file);
  database.exec("PRAGMA user_version = 99");
  database.close();
  const again = open(file);
  assert.equal(await again.catalog.get("a"), null);
  await again.catalog.close();
  assert.match(again.problems.join(), /schema has version 99/);
});

test("a file that is damaged while open is replaced, and the request answered by the new one", () => {
  const file = newFile();
  const moved: string[] = [];
  const database = new CatalogDatabase(file, (to) => moved.push(to));
  for (let index = 0; index < 300; index += 1) database.put(row(`k${index}`));
  database.close();
  // The header stays, so that it opens; every other page is rubbish.
  const spoiled = new DatabaseSync(file);
  const pageBytes = Number(spoiled.prepare("PRAGMA page_size").get()?.["page_size"]);
  const pages = Number(spoiled.prepare("PRAGMA page_count").get()?.["page_count"]);
  spoiled.close();
  overwrite(file, pageBytes, pages);
  const again = new CatalogDatabase(file, (to) => moved.push(to));
  assert.deepEqual(again.search({ limit: 10, offset: 0 }), []);
  again.put(row("new"));
  assert.deepEqual(again.get("new"), row("new"));
  again.close();
  assert.equal(moved.length, 1);
});

function overwrite(file: string, pageBytes: number, pages: number): void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = DELETE");
  database.close();
  const size = pageBytes * pages;
  const content = Buffer.alloc(size, 0xa5);
  const head = readHead(file, pageBytes);
  head.copy(content);
  writeFileSync(file, content);
}

function readHead(file: string, bytes: number): Buffer {
  return readFileSync(file).subarray(0, bytes);
}

test("a directory that cannot be made is CATALOG_FAILED at each call, until it can", async () => {
  const blocker = join(directory, "blocker");
  writeFileSync(blocker, "");
  const { catalog } = open(join(blocker, "catalog.sqlite"));
  await assert.rejects(catalog.put(row("a")), { code: "CATALOG_FAILED" });
  rmSync(blocker);
  await catalog.put(row("a"));
  assert.deepEqual(await catalog.get("a"), row("a"));
  await catalog.close();
});

test("after close calls reject with CATALOG_FAILED; closing twice or unused does nothing", async () => {
  const { catalog } = open();
  await catalog.put(row("a"));
  await catalog.close();
  await catalog.close();
  await assert.rejects(catalog.get("a"), { code: "CATALOG_FAILED" });
  const unused = open();
  await unused.catalog.close();
  assert.equal(existsSync(unused.file), false);
});

test("a closed catalog leaves one file", async () => {
  const { catalog, file } = open();
  await catalog.put(row("a"));
  await catalog.close();
  assert.deepEqual(readdirSync(join(file, "..")), ["catalog.sqlite"]);
});
