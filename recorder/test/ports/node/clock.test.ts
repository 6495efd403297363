// The real clock and the real source of chance.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { nodeClock } from "../../../src/ports/node/clock.ts";
import { nodeRandom } from "../../../src/ports/node/random.ts";

test("a timer calls back once, not before its delay", async () => {
  const clock = nodeClock();
  const startMs = clock.nowMs();
  const calls: number[] = [];
  await new Promise<void>((resolve) => {
    clock.setTimer("a", 5.5, () => {
      calls.push(clock.nowMs());
      clock.setTimer("b", 0, resolve);
    });
  });
  assert.equal(calls.length, 1);
  assert.ok((calls[0] ?? 0) - startMs >= 5.5);
});

test("a cancelled timer never calls back; cancelling again does nothing", async () => {
  const clock = nodeClock();
  const timer = clock.setTimer("a", 1, () => assert.fail("it was cancelled"));
  timer.cancel();
  timer.cancel();
  const late = clock.setTimer("later", 2 ** 40, () => assert.fail("that was soon"));
  await new Promise<void>((resolve) => clock.setTimer("b", 5, resolve));
  late.cancel();
});

test("threads of one process agree on monotonic time", async () => {
  const clock = nodeClock();
  const source = new URL("../../../src/ports/node/clock.ts", import.meta.url).href;
  const worker = new Worker(
    `import(${JSON.stringify(source)}).then(({ nodeClock }) =>
       require("node:worker_threads").parentPort.postMessage(nodeClock().nowMs()))`,
    { eval: true },
  );
  const beforeMs = clock.nowMs();
  const there = await new Promise<number>((resolve) => worker.once("message", resolve));
  const afterMs = clock.nowMs();
  await worker.terminate();
  assert.ok(there >= beforeMs && there <= afterMs);
});

test("wall time is in epoch milliseconds", () => {
  assert.ok(nodeClock().wallTimeMs() > Date.parse("2024-01-01T00:00:00Z"));
});

test("random bytes have the wanted length and differ; uuids are version 4", () => {
  const random = nodeRandom();
  assert.equal(random.bytes(16).length, 16);
  assert.notDeepEqual(random.bytes(16), random.bytes(16));
  assert.match(
    random.uuid(),
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});
