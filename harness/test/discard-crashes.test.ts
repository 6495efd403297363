// R13: a crash before and after every disk call of a discard, of the process and of power: there is
// the row, or the pair, and never neither. The calls are counted from the agent's hanging up, until
// a run has fewer; at the start after the crash a pair whose row is there goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { runScenario } from "../src/run-scenario.ts";

interface Point {
  readonly call: number;
  readonly side: "before" | "after";
}

/** More disk calls than the end of one call takes: the sweep would have no end. */
const MAXIMUM_CALLS = 100;
/** Long after the last decision on a call that has ended. */
const IDLE_SECONDS = 120;

/** Discards one recording and crashes at the point; null when there was no such call. */
async function crashesAt(point: Point, kind: "process" | "power"): Promise<number | null> {
  let hasCrashed = false;
  const story = scenario({
    name: "rules/crash-at-discard",
    title: "A crash at one disk call of a discard",
    proves: ["R13"],
    modes: ["virtual"],
    notElsewhere: "calls are counted in the virtual disk",
    recorder: { rules: [{ title: "Sales", kind: "group", match: { groups: ["300"] } }] },
    async story({ caller, agent, talk, surroundings, recorder, until }) {
      const outside = caller();
      const alice = agent("2001");
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 1 });
      surroundings.crashesAtDiskCall(point, kind);
      await alice.hangsUp();
      await until("a crash", () => !recorder.isUp(), IDLE_SECONDS).catch(() => undefined);
      hasCrashed = !recorder.isUp();
      if (hasCrashed) await recorder.restarts();
    },
    expects: { allowsLoss: true },
  });
  const { result } = await runScenario({
    scenario: story,
    mode: "virtual",
    seed: `crash ${point.side} ${point.call} ${kind}`,
    directory: null,
    workDirectory: "",
  });
  const at = `${kind} ${point.side} call ${point.call}`;
  assert.equal(result.verdict, "pass", `${at}: ${result.why}`);
  return hasCrashed ? result.recordings.length : null;
}

for (const kind of ["process", "power"] as const) {
  for (const side of ["before", "after"] as const) {
    test(`R13 a ${kind} crash ${side} any disk call of a discard leaves its row or its pair`, async () => {
      const kept: number[] = [];
      for (let call = 1; call < MAXIMUM_CALLS; call += 1) {
        const recordings = await crashesAt({ call, side }, kind);
        if (recordings === null) break;
        kept.push(recordings);
      }
      assert.ok(kept.length > 5 && kept.length < MAXIMUM_CALLS - 1, `${kept.length} calls`);
      // Early crashes leave the pair, late ones the row.
      assert.ok(kept.includes(1) && kept.includes(0), JSON.stringify(kept));
    });
  }
}
