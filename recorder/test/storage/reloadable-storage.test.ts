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

  /** Only what a change needs; anything else fails. */
  asStorage(): Storage {
    return {
      store: ({ recordingKey }: FinishedRecording) => this.stored.push(recordingKey),
      close: () => this.closed.promise,
      pending: () => this.stored.length,
      unstored: () => [],
    } as unknown as Storage;
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
