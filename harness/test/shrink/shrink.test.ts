// A failure is made small and stays the same failure: the reduction of lists, what counts as alike,
// and the reduction of a whole plan.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RunResult } from "@tapeline/reports";
import type { SwarmPlan } from "@tapeline/simulator/people";
import { failsAlike, failureKinds, kindOf } from "../../src/shrink/failure-kind.ts";
import { reduceList } from "../../src/shrink/reduce-list.ts";
import { shrinkPlan } from "../../src/shrink/shrink-plan.ts";

test("what is needed is left, in order, and nothing else", async () => {
  const list = fc.uniqueArray(fc.nat(60), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(list, fc.nat(3), async (items, count) => {
      const needed = items.filter((_, index) => index % 7 === 0).slice(0, count);
      const left = await reduceList(items, (part) =>
        Promise.resolve(needed.every((item) => part.includes(item))),
      );
      assert.deepEqual(left, needed);
    }),
    { numRuns: 200, seed: 7 },
  );
});

test("when no more tries are left, the smallest part so far counts", async () => {
  let tries = 0;
  const left = await reduceList([1, 2, 3, 4, 5, 6, 7, 8], (part) => {
    tries += 1;
    return Promise.resolve(tries > 3 ? null : part.includes(8));
  });
  assert.ok(left.includes(8) && left.length < 8, String(left));
});

function failed(name: string, detail: string): RunResult {
  return {
    ...{
      scenario: "swarm/x",
      mode: "virtual",
      seed: "1",
      verdict: "fail",
      why: `${name}: ${detail}`,
    },
    ...{ proves: [], virtualMs: 0, wallMs: 0, traceHash: "00", recordings: [] },
    checks: [
      { name: "expectations", verdict: "pass", detail: null },
      { name, verdict: "fail", detail },
    ],
    artifacts: { ladder: null, pcap: null, trace: null, log: null, live: null, pool: null },
  };
}

test("failures are alike when checker and words are, whatever the names and numbers", () => {
  const key = "8f6e0de1-a997-4ee9-a54e-e01a2ad63c56-1767600003030";
  const first = failed("audio", `${key}: frame 88 of leg 1 is missing`);
  assert.deepEqual(failureKinds(first), ["audio: KEY: frame # of leg # is missing"]);
  const other = "cf43e0c1-d753-40ca-8b79-fca04e769029-1767600006487: frame 3 of leg 12 is missing";
  assert.ok(failsAlike(failed("audio", `something else; ${other}`), first));
  assert.ok(!failsAlike(failed("audio", `${key}: frame 88 of leg 1 stands twice`), first));
  assert.ok(!failsAlike(failed("listener", `${key}: frame 88 of leg 1 is missing`), first));
  assert.ok(!failsAlike({ ...first, verdict: "pass", checks: [] }, first));
});

test("a step that failed has no checker: its own words count", () => {
  const step = { ...failed("x", "y"), checks: [], why: "2001 rings: not within 30000 ms\n at x" };
  assert.deepEqual(failureKinds(step), ["run: # rings: not within # ms"]);
});

for (const [complaint, kind] of [
  [
    "f1d71576e4694f367a4375ea@192.0.2.1: BYE was answered with 481",
    "CALL-ID BYE was answered with #",
  ],
  ['row "Sales": 3, 4, 5 differ', "row NAME: # differ"],
] as const) {
  test(`"${complaint}" is of the kind "${kind}"`, () => assert.equal(kindOf(complaint), kind));
}

const PLAN: SwarmPlan = {
  profile: "everything",
  seed: "1",
  people: [
    { id: "2001", kind: "agent" },
    { id: "2002", kind: "agent" },
    { id: "+49", kind: "caller" },
    { id: "supervisor", kind: "supervisor" },
  ],
  steps: [
    { atMs: 1, who: "+49", what: "calls", with: "2001" },
    { atMs: 2, who: "2001", what: "answers" },
    { atMs: 3, who: "2002", what: "calls", with: "2001" },
    { atMs: 4, who: "supervisor", what: "pauses", with: "2001" },
    { atMs: 5, who: "2001", what: "holds" },
    { atMs: 6, who: "+49", what: "hangs up" },
  ],
  faults: [
    { fromMs: 1, toMs: 2, what: "sip.lossRatio", value: 0.1 },
    { fromMs: 3, toMs: 3, what: "crash.power", value: true },
  ],
};

/** Fails when the caller calls, Alice answers, and the power fails. */
function judge({ steps, faults }: SwarmPlan): RunResult {
  const words = steps.map(({ who, what }) => `${who} ${what}`);
  const isPower = faults.some(({ what }) => what === "crash.power");
  if (!isPower) return { ...failed("x", "y"), verdict: "pass", why: null, checks: [] };
  const isWhole = words.includes("+49 calls") && words.includes("2001 answers");
  return isWhole ? failed("audio", `frame ${steps.length} is missing`) : failed("sip", "no 200");
}

test("a plan is left with the people, steps and faults that its failure needs", async () => {
  const told: number[] = [];
  const found = await shrinkPlan(PLAN, judge(PLAN), {
    run: (plan) => Promise.resolve(judge(plan)),
    limitRuns: 100,
    onProgress: (_, runs) => told.push(runs),
  });
  const { people, steps, faults } = found.plan;
  assert.deepEqual(
    people.map(({ id }) => id),
    ["2001", "+49"],
  );
  assert.deepEqual(
    steps.map(({ atMs }) => atMs),
    [1, 2],
  );
  assert.deepEqual(
    faults.map(({ what }) => what),
    ["crash.power"],
  );
  assert.equal(found.isMinimal, true);
  assert.equal(found.result.why, "audio: frame 2 is missing");
  assert.deepEqual(
    told,
    Array.from({ length: found.runs }, (_, index) => index + 1),
  );
});

test("the bound on runs ends a reduction; what it has found by then still fails the same way", async () => {
  const found = await shrinkPlan(PLAN, judge(PLAN), {
    run: (plan) => Promise.resolve(judge(plan)),
    limitRuns: 3,
    onProgress: () => undefined,
  });
  assert.equal(found.runs, 3);
  assert.equal(found.isMinimal, false);
  assert.match(judge(found.plan).why ?? "", /^audio/);
});
