// A file whose syncs may fail, on a medium that forgets what a failed sync should have kept, as
// Linux does: pages that could not be written count as written.
import assert from "node:assert/strict";
import test from "node:test";
import { DurableFile } from "../../src/media/durable-file.ts";
import type { DiskFile } from "../../src/ports/index.ts";

/** A kernel with its cache, over a medium; `fails` = the next syncs that do. */
class ForgetfulFile implements DiskFile {
  readonly path = "/live/rec.ul";
  readonly medium: number[] = [];
  readonly written: string[] = [];
  fails = 0;
  readonly #cache: number[] = [];
  readonly #dirty = new Set<number>();

  write(data: Uint8Array, position: number): Promise<void> {
    this.written.push(`${data.length}@${position}`);
    data.forEach((byte, index) => {
      this.#cache[position + index] = byte;
      this.#dirty.add(position + index);
    });
    return Promise.resolve();
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(Uint8Array.from(this.#cache.slice(position, position + length)));
  }

  truncate(length: number): Promise<void> {
    this.#cache.length = length;
    return Promise.resolve();
  }

  sync(): Promise<void> {
    const isFailing = this.fails > 0;
    this.fails -= isFailing ? 1 : 0;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    if (isFailing) return Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" }));
    for (const at of dirty) this.medium[at] = this.#cache[at] ?? 0;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

test("R4 what a failed sync lost is written again before the next, and only that", async () => {
  const kernel = new ForgetfulFile();
  const file = new DurableFile(kernel);
  await file.write(Uint8Array.of(1, 2), 0);
  await file.sync(2);
  await file.write(Uint8Array.of(3, 4), 2);
  kernel.fails = 2;
  await assert.rejects(file.sync(4), /EIO/);
  await assert.rejects(file.sync(4), /EIO/);
  await file.write(Uint8Array.of(5), 4);
  kernel.written.length = 0;
  await file.sync(5);
  assert.deepEqual(kernel.medium, [1, 2, 3, 4, 5]);
  assert.deepEqual(kernel.written, ["3@2"]);
  kernel.written.length = 0;
  await file.sync(5);
  assert.deepEqual(kernel.written, []);
});

test("R4 a good sync beside a failed one does not hide its loss", async () => {
  const kernel = new ForgetfulFile();
  const file = new DurableFile(kernel);
  await file.write(Uint8Array.of(1, 2, 3), 0);
  kernel.fails = 1;
  const [failed, good] = await Promise.allSettled([file.sync(3), file.sync(3)]);
  assert.deepEqual([failed.status, good.status], ["rejected", "fulfilled"]);
  assert.deepEqual(kernel.medium, []);
  await file.sync(3);
  assert.deepEqual(kernel.medium, [1, 2, 3]);
});

test("R4 what a crash left behind the known end is cut off", async () => {
  const file = new DurableFile(new ForgetfulFile());
  await file.write(Uint8Array.of(1, 2, 3), 0);
  await file.truncate(2);
  assert.deepEqual([...(await file.read(0, 10))], [1, 2]);
});
