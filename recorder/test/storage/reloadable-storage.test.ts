// Pools change while calls go on: nothing that was handed over is lost, and what comes in between
// waits for the new pools.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CatalogRow } from "../../src/ports/index.ts";
import { ReloadableStorage } from "../../src/storage/reloadable-storage.ts";
import type {
  FinishedRecording,
  Storage,
  StorageDelegate,
} from "../../src/storage/storage-service.ts";

const recording = (recordingKey: string): FinishedRecording => ({
  ...{ recordingKey, liveDirectory: "/live", pool: null },
  row: { recordingKey } as CatalogRow,
});

class FakeStorage {
  readonly stored: string[] = [];
  readonly closed = Promise.withResolvers<void>();
  readonly delegate: StorageDelegate;

  constructor(delegate: StorageDelegate) {
    this.delegate = delegate;
  }

  closes = 0;

  /** Answers with what it was asked; a recording called "held" may not be erased. */
  asStorage(): Storage {
    const told =
      (name: string) =>
      (key?: unknown, deed?: { readonly by: string }): string =>
        [name, ...(typeof key === "string" ? [key] : []), ...(deed ? [deed.by] : [])].join(" ");
    const names = ["committed", "drives", "hold", "releaseHold", "holdOf", "verify", "pools"];
    const answers: Record<string, unknown> = {};
    for (const name of [...names, "start", "begin", "liveSpace"]) answers[name] = told(name);
    const answering: unknown = {
      ...answers,
      erase: async (key: string) => ({ ok: key !== "held" }),
      store: ({ recordingKey }: FinishedRecording) => this.stored.push(recordingKey),
      close: () => {
        this.closes += 1;
        return this.closed.promise;
      },
      pending: () => this.stored.length,
      unstored: () => [],
    };
    return answering as Storage;
  }
}

function setUp() {
  const made: FakeStorage[] = [];
  const storedRows: string[] = [];
  const delegate: StorageDelegate = {
    onStored: ({ recordingKey }) => void storedRows.push(recordingKey),
    onStoreFailed: () => undefined,
    onPoolFull: () => undefined,
  };
  const storage = new ReloadableStorage("old pools", delegate, (_options, inner) => {
    const fake = new FakeStorage(inner);
    made.push(fake);
    return fake.asStorage();
  });
  return { storage, made, storedRows };
}

test("what was not stored yet, and what came during the change, goes to the new pools; once stored, never again", async () => {
  const { storage, made, storedRows } = setUp();
  storage.store(recording("a"));
  storage.store(recording("b"));
  await made[0]?.delegate.onStored({ recordingKey: "a" } as CatalogRow);
  const changing = storage.change("new pools");
  storage.store(recording("c"));
  assert.equal(storage.pending(), 2);
  assert.deepEqual(
    storage.unstored().map(({ recordingKey }) => recordingKey),
    ["b", "c"],
  );
  made[0]?.closed.resolve();
  assert.equal(await changing, true);
  assert.deepEqual(made[0]?.stored, ["a", "b"]);
  assert.deepEqual(made[1]?.stored, ["b", "c"]);
  assert.deepEqual(storedRows, ["a"]);
});

test("closed during the change: no new pools are opened", async () => {
  const { storage, made } = setUp();
  const changing = storage.change("new pools");
  made[0]?.closed.resolve();
  await storage.close();
  assert.equal(await changing, false);
  assert.equal(made.length, 1);
});

test("in between nothing is asked of pools that close: what waits is what was handed over", async () => {
  const { storage, made } = setUp();
  storage.store(recording("a"));
  assert.equal(storage.pending(), 1);
  assert.deepEqual(storage.unstored(), [], "the pools' own answer");
  const changing = storage.change("new pools");
  storage.store(recording("b"));
  assert.deepEqual(made[0]?.stored, ["a"]);
  assert.equal(storage.pending(), 2);
  made[0]?.closed.resolve();
  await changing;
  storage.store(recording("c"));
  assert.deepEqual(made[1]?.stored, ["a", "b", "c"]);
  assert.equal(storage.pending(), 3);
  assert.deepEqual(storage.unstored(), []);
});

test("what was erased is not handed to the new pools; what was refused is", async () => {
  const { storage, made } = setUp();
  storage.store(recording("gone"));
  storage.store(recording("held"));
  const deed = { by: "anna", reason: "case 7" };
  assert.deepEqual(await storage.erase("gone", deed), { ok: true });
  assert.equal((await storage.erase("held", deed)).ok, false);
  made[0]?.closed.resolve();
  await storage.change("new pools");
  assert.deepEqual(made[1]?.stored, ["held"]);
});

test("everything that is asked goes to the pools in force, and their answer comes back", async () => {
  const { storage, made } = setUp();
  made[0]?.closed.resolve();
  await storage.change("new pools");
  const deed = { by: "anna", reason: "case 7" };
  const answers = [
    await storage.start(),
    await storage.begin(async () => undefined),
    storage.committed("k"),
    storage.drives(),
    await storage.hold("k", deed),
    await storage.releaseHold("k", deed),
    await storage.holdOf("k"),
    await storage.verify("k"),
    storage.pools(),
    storage.liveSpace(),
  ];
  assert.deepEqual(answers, [
    ...["start", "begin", "committed k", "drives", "hold k anna", "releaseHold k anna"],
    ...["holdOf k", "verify k", "pools", "liveSpace"],
  ]);
  made[1]?.closed.resolve();
  await storage.close();
  assert.equal(made[1]?.closes, 1);
});
