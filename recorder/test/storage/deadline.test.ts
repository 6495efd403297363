// Work with a deadline: who waits is told in time, and whoever cares when late work ends after all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDeadline } from "../../src/storage/deadline.ts";
import { TestClock } from "../sip/fake-ports.ts";

function bench() {
  const clock = new TestClock();
  const told: string[] = [];
  const { promise: work, resolve, reject } = Promise.withResolvers<string>();
  const deadline = {
    ...{ name: "drive.call", limitMs: 5_000 },
    onLate: () => told.push("late"),
    onLateEnd: () => told.push("ended late"),
  };
  return { clock, told, resolve, reject, result: withDeadline(clock, deadline, work) };
}

test("work that ends in time gives its value, and leaves no timer", async () => {
  const { clock, told, resolve, result } = bench();
  assert.deepEqual(clock.names(), ["drive.call"]);
  clock.advance(4_999);
  resolve("done");
  assert.equal(await result, "done");
  assert.deepEqual([clock.names(), told], [[], []]);
});

test("work that fails in time fails as it does; what is no error becomes one", async () => {
  const { clock, told, reject, result } = bench();
  const failure = new Error("EIO");
  reject(failure);
  await assert.rejects(result, (error) => error === failure);
  assert.deepEqual([clock.names(), told], [[], []]);
  const odd = bench();
  odd.reject("odd");
  await assert.rejects(odd.result, { name: "Error", message: "odd" });
});

test("late work rejects with ETIMEDOUT at the limit, and its end is told once", async () => {
  for (const isGood of [true, false]) {
    const { clock, told, resolve, reject, result } = bench();
    clock.advance(5_000);
    await assert.rejects(result, { code: "ETIMEDOUT", message: "no answer in 5000 ms" });
    assert.deepEqual(told, ["late"]);
    if (isGood) resolve("done");
    else reject(new Error("EIO"));
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(told, ["late", "ended late"]);
  }
});

test("nobody need care", async () => {
  const clock = new TestClock();
  const { promise, resolve } = Promise.withResolvers<number>();
  const result = withDeadline(clock, { name: "x", limitMs: 1 }, promise);
  clock.advance(1);
  resolve(1);
  await assert.rejects(result, { code: "ETIMEDOUT" });
});
