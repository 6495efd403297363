// The bench on a small scale: its document, and that nothing is lost while the recorder's main
// thread is blocked. No figure of time is judged: machines differ.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, percentile } from "../../src/bench/bench.ts";

const CALLS = 5;
const SECONDS = 2;
const FRAMES_PER_SECOND = 50;

test("a bench of five calls records every packet bit by bit, main thread blocked (§7, §9)", async () => {
  const { figures, problems } = await bench({ calls: CALLS, seconds: SECONDS });
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.keys(figures), [
    "calls",
    "seconds",
    "packetsSent",
    "packetsReceived",
    "lost",
    "kernelDrops",
    "cpuUsPerPacket",
    "bareDgramUsPerPacket",
    "cpuRatio",
    "receivingThreadUsPerPacket",
    "bareThreadUsPerPacket",
    "rssBytes",
    "mainThreadBlockedMs",
    "invite200Ms",
    "simulatorLateMs",
  ]);
  assert.equal(figures.calls, CALLS);
  assert.equal(figures.seconds, SECONDS);
  assert.ok(figures.packetsSent > CALLS * SECONDS * FRAMES_PER_SECOND);
  assert.equal(figures.packetsReceived, figures.packetsSent);
  assert.equal(figures.lost, 0);
  assert.equal(figures.kernelDrops, 0);
  assert.ok(figures.mainThreadBlockedMs >= 2000);
  assert.ok(figures.invite200Ms.p50 > 0 && figures.invite200Ms.p50 <= figures.invite200Ms.max);
  assert.ok(figures.simulatorLateMs.max >= figures.simulatorLateMs.p99);
});

test("a percentile is a value that was measured, by nearest rank", () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  assert.equal(percentile(values, 0.5), 5);
  assert.equal(percentile(values, 0.99), 10);
  assert.equal(percentile(values, 0.1), 1);
  assert.equal(percentile([7], 0.5), 7);
  assert.equal(percentile([], 0.5), 0);
});
