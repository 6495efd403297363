// `testbed size`: the sum of R16 written out; a slip of the hand is exit code 2 with a remedy.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { size } from "@tapeline/recorder";
import { UsageError } from "../../src/cli/exit-codes.ts";
import { sizeCommand, sizeText } from "../../src/cli/size.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const LOAD = ["size", "--calls", "40", "--recordings", "30", "--queued", "10"] as const;

function testbed(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("R16 size --json: one document with the recorder's own numbers", () => {
  const { status, stdout } = testbed(...LOAD, "--uplink", "2M", "--json");
  assert.equal(status, 0);
  const input = { calls: 40, recordings: 30, queued: 10, uplinkBitsPerSecond: 2_000_000 };
  assert.deepEqual(JSON.parse(stdout), size({ ...input, hoursPerDay: 10, quality: 8 }));
});

test("R16 size: the sum, the cards, the three levels, the verdict on the uplink", () => {
  const input = { calls: 40, recordings: 30, queued: 10, hoursPerDay: 8, quality: 8 };
  const text = sizeText(size({ ...input, uplinkBitsPerSecond: 2_000_000 }));
  assert.match(text, /40 calls \+ 30 recordings \+ 10 queued = 80/);
  assert.match(text, /take 1 × VCM64 \+ 1 × VCM32 = 96, 16 to spare/);
  assert.match(text, /ethernet {2}30 × 87\.2 kbit\/s = 2\.62 Mbit\/s/);
  assert.match(text, /does NOT carry it: 0\.62 Mbit\/s missing; at most 22 recordings/);
  assert.match(text, /\.ul {3}6\.91 GB/);
  const wide = sizeText(size({ ...input, uplinkBitsPerSecond: 20_000_000 }));
  assert.match(wide, /carries it: 17\.38 Mbit\/s to spare/);
  const unasked = { ...input, uplinkBitsPerSecond: null };
  assert.match(sizeText(size(unasked)), /With --uplink 20M/);
  assert.match(sizeText(size({ ...unasked, calls: 200 })), /more than the 148/);
  const none = { ...unasked, calls: 0, recordings: 0, queued: 0 };
  assert.match(sizeText(size(none)), /no card is needed/);
});

test("size: what cannot be used is told with a remedy, exit code 2", () => {
  const good = { calls: "1", recordings: "1", queued: "1", hours: "8", quality: "8" };
  for (const [change, remedy] of [
    [{ calls: "x" }, /--calls x .* Give a whole number/],
    [{ recordings: "-1" }, /--recordings -1 .* Give a whole number/],
    [{ queued: "1.5" }, /--queued 1\.5 .* Give a whole number/],
    [{ uplink: "fast" }, /--uplink fast .* Write it like 20M/],
    [{ hours: "25" }, /--hours 25 .* Give hours above 0/],
    [{ quality: "11" }, /--quality 11 .* Give 0 to 10/],
  ] as const) {
    const told = (error: unknown): boolean =>
      error instanceof UsageError && remedy.test(error.message);
    assert.throws(() => sizeCommand({ ...good, ...change }), told);
  }
  const { status, stdout, stderr } = testbed(...LOAD, "--uplink", "fast");
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^--uplink fast is no bit rate\. Write it like 20M/);
});
