// R6: a crash before and after every disk call of storing, of the process and of power, in the
// virtual world with the whole recorder: never a lost and never a doubled recording, as all
// checkers see it from the files. The calls are counted from the moment at which the live pair is
// complete, until a run has fewer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { runScenario } from "../src/run-scenario.ts";

interface Point {
  readonly call: number;
  readonly side: "before" | "after";
}

/** More disk calls than storing one recording takes: the sweep would have no end. */
const MAXIMUM_CALLS = 400;

/** Stores one recording and crashes at the point; false when there was no such call. */
async function crashesAt(point: Point, kind: "process" | "power"): Promise<boolean> {
  let hasCrashed = false;
  const story = scenario({
    name: "storage/crash-at-call",
    title: "A crash at one disk call of storing",
    proves: ["R6"],
    modes: ["virtual"],
    notElsewhere: "calls are counted in the virtual disk",
    async story({ caller, agent, talk, surroundings, recorder, until }) {
      const outside = caller();
      const alice = agent("2001");
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 1 });
      await alice.hangsUp();
      await recorder.hasFinished(1);
      surroundings.crashesAtDiskCall(point, kind);
      await Promise.race([
        recorder.isIdle().catch(() => undefined),
        until("a crash", () => !recorder.isUp(), 3_600).catch(() => undefined),
      ]);
      hasCrashed = !recorder.isUp();
      if (!hasCrashed) return;
      await recorder.restarts();
      await recorder.hasStored(1);
    },
    expects: { recordings: [{ part: 1 }], allowsLoss: true },
  });
  const { result } = await runScenario({
    scenario: story,
    mode: "virtual",
    seed: `crash ${point.side} ${point.call} ${kind}`,
    directory: null,
    workDirectory: "",
  });
  const at = `${kind} ${point.side} call ${point.call}`;
  assert.equal(result.recordings.length, 1, `${at}: ${result.why}`);
  assert.equal(result.verdict, "pass", `${at}: ${result.why}`);
  return hasCrashed;
}

for (const kind of ["process", "power"] as const) {
  for (const side of ["before", "after"] as const) {
    test(`R6 a ${kind} crash ${side} any disk call of storing loses and doubles nothing`, async () => {
      let call = 1;
      while (call < MAXIMUM_CALLS && (await crashesAt({ call, side }, kind))) call += 1;
      assert.ok(call > 25 && call < MAXIMUM_CALLS, `${call} calls were tried`);
    });
  }
}
