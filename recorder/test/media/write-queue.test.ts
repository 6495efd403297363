// What waits for the disk: bytes and runs of fill in order, within the limits of one recording and
// of all together (design.md §5, "Media plane": write-behind).
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  WRITE_BATCH_LIMIT_BYTES,
  WRITE_BEHIND_LIMIT_BYTES,
  WriteBudget,
  WriteQueue,
} from "../../src/media/write-queue.ts";

/** Fill that shows which sample it stands for. */
const writeFill = (target: Uint8Array, fromSample: number): void => {
  for (let index = 0; index < target.length; index += 1) target[index] = (fromSample + index) % 251;
};

function bench(limitBytes?: number) {
  const budget = new WriteBudget(limitBytes);
  return { budget, queue: new WriteQueue(budget, writeFill) };
}

test("one piece is written as it came, without a copy, and stays until it is dropped", () => {
  const { budget, queue } = bench();
  assert.deepEqual([queue.isEmpty, queue.peek().length], [true, 0]);
  const bytes = Uint8Array.of(1, 2, 3);
  assert.equal(queue.push(0, bytes), true);
  assert.equal(queue.peek(), bytes);
  assert.equal(queue.peek(), bytes);
  assert.deepEqual([queue.isEmpty, budget.usedBytes], [false, 3]);
  queue.drop(2);
  assert.deepEqual([...queue.peek()], [3]);
  assert.equal(budget.usedBytes, 1);
  queue.drop(1);
  assert.deepEqual([queue.isEmpty, budget.usedBytes], [true, 0]);
});

test("fill costs no memory, runs of it become one, and its samples go on after a part is dropped", () => {
  const { budget, queue } = bench();
  queue.pushFill(10, 4);
  queue.pushFill(14, 3);
  assert.equal(budget.usedBytes, 0);
  assert.deepEqual([...queue.peek()], [10, 11, 12, 13, 14, 15, 16]);
  queue.drop(2);
  assert.deepEqual([...queue.peek()], [12, 13, 14, 15, 16]);
  queue.push(17, Uint8Array.of(99));
  queue.pushFill(18, 1);
  assert.deepEqual([...queue.peek()], [12, 13, 14, 15, 16, 99, 18]);
});

test("a recording's limit holds to the byte, and refuses without taking anything", () => {
  const { budget, queue } = bench();
  assert.equal(queue.push(0, new Uint8Array(WRITE_BEHIND_LIMIT_BYTES)), true);
  assert.equal(queue.push(WRITE_BEHIND_LIMIT_BYTES, Uint8Array.of(1)), false);
  assert.equal(budget.usedBytes, WRITE_BEHIND_LIMIT_BYTES);
  queue.drop(1);
  assert.equal(queue.push(WRITE_BEHIND_LIMIT_BYTES, Uint8Array.of(1)), true);
});

test("the memory of all recordings is shared; who is given up gives it back", () => {
  const { budget, queue } = bench(10);
  const other = new WriteQueue(budget, writeFill);
  assert.equal(queue.push(0, new Uint8Array(6)), true);
  assert.equal(other.push(0, new Uint8Array(5)), false);
  assert.equal(other.push(0, new Uint8Array(4)), true);
  queue.clear();
  assert.deepEqual([queue.isEmpty, budget.usedBytes], [true, 4]);
  assert.equal(other.push(4, new Uint8Array(6)), true);
  assert.equal(budget.hasRoom(1), false);
  assert.equal(budget.hasRoom(0), true);
});

test("one write takes no more than a batch", () => {
  const { queue } = bench();
  queue.pushFill(0, WRITE_BATCH_LIMIT_BYTES + 5);
  queue.push(WRITE_BATCH_LIMIT_BYTES + 5, Uint8Array.of(7));
  assert.equal(queue.peek().length, WRITE_BATCH_LIMIT_BYTES);
  queue.drop(WRITE_BATCH_LIMIT_BYTES);
  assert.equal(queue.peek().length, 6);
  assert.equal(queue.peek()[5], 7);
});

test("whatever is pushed and however it is written, the same bytes come out in order", () => {
  const piece = fc.record({ isFill: fc.boolean(), samples: fc.integer({ min: 1, max: 40 }) });
  const pieces = fc.array(piece, { maxLength: 30 });
  const drops = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(pieces, drops, (given, sizes) => {
      const { budget, queue } = bench();
      const expected: number[] = [];
      for (const { isFill, samples } of given) {
        const from = expected.length;
        if (isFill) queue.pushFill(from, samples);
        else queue.push(from, new Uint8Array(samples).fill(252));
        for (let n = 0; n < samples; n += 1) expected.push(isFill ? (from + n) % 251 : 252);
      }
      const written: number[] = [];
      for (let turn = 0; !queue.isEmpty; turn += 1) {
        const taken = queue.peek().subarray(0, sizes[turn % sizes.length]);
        written.push(...taken);
        queue.drop(taken.length);
      }
      assert.deepEqual(written, expected);
      assert.equal(budget.usedBytes, 0);
    }),
  );
});
