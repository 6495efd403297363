// The live disk hung for a whole span only where it was frozen or slow all the time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { didLiveDiskHang } from "../../src/environment/live-disk.ts";
import type { FaultObservation } from "../../src/environment/observations.ts";

function fault(atMs: number, text: string): FaultObservation {
  return { atMs, text, isHealing: text.startsWith("heal"), isMoment: false };
}

const CASES: readonly (readonly [string, readonly FaultObservation[], boolean])[] = [
  ["never", [], false],
  ["frozen all the time", [fault(90_000, "live disk frozen")], true],
  ["slow all the time", [fault(90_000, "live disk slow 400")], true],
  [
    "slow, then frozen",
    [fault(90_000, "live disk slow 5"), fault(105_000, "live disk frozen")],
    true,
  ],
  ["frozen a moment later", [fault(101_000, "live disk frozen")], true],
  ["frozen 2 s later", [fault(102_000, "live disk frozen")], false],
  ["healed a moment early", [fault(90_000, "live disk frozen"), fault(109_000, "heal")], true],
  ["healed 2 s early", [fault(90_000, "live disk frozen"), fault(108_000, "healLiveDisk")], false],
  [
    "healed, and frozen anew",
    [fault(90_000, "live disk frozen"), fault(104_000, "heal"), fault(105_000, "live disk frozen")],
    false,
  ],
  [
    "another one is healed",
    [fault(90_000, "live disk frozen"), fault(101_000, "healDrive 0")],
    true,
  ],
  ["a drive of the pool is frozen", [fault(90_000, "drive frozen 0")], false],
];

for (const [situation, faults, hung] of CASES) {
  test(`${situation}: ${hung ? "it hung" : "it did not hang"} for 10 s`, () => {
    assert.equal(didLiveDiskHang(faults, { fromMs: 100_000, toMs: 110_000 }), hung);
  });
}
