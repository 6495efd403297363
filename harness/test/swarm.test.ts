// Swarms as runs: the same seed gives the same trace, any part of a plan is a plan, and seeds that
// found defects are pinned here with what they found.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScenarios } from "@tapeline/scenarios";
import { makePlan, SWARM_PROFILES, type SwarmPlan } from "@tapeline/simulator/people";
import { runScenario } from "../src/run-scenario.ts";

const scenarios = await loadScenarios();

async function run(name: string, seed: string, plan: SwarmPlan | null = null) {
  const scenario = scenarios.find((each) => each.name === name) ?? assert.fail(`no ${name}`);
  const where = { directory: null, workDirectory: "" };
  return runScenario({ scenario, mode: "virtual", seed, plan, ...where });
}

for (const profile of SWARM_PROFILES) {
  test(`swarm/${profile}: the same seed passes with the same trace (T1)`, async () => {
    const [first, again] = [
      await run(`swarm/${profile}`, "pinned"),
      await run(`swarm/${profile}`, "pinned"),
    ];
    assert.equal(first.result.why, null);
    assert.equal(first.result.traceHash, again.result.traceHash);
  });
}

test("a part of a plan is a plan: steps that have become impossible are passed over", async () => {
  const whole = makePlan("everything", "part");
  const half = { ...whole, steps: whole.steps.filter((_, index) => index % 2 === 1) };
  const { result } = await run("swarm/everything", "part", half);
  assert.equal(result.why, null);
  const { result: none } = await run("swarm/everything", "part", { ...whole, steps: [] });
  assert.equal(none.why, null);
});

test("a swarm tells what it has met", async () => {
  const { situations = [] } = await run("swarm/everything", "met");
  assert.ok(situations.length > 0);
  for (const pair of situations) assert.match(pair, /^\w+\.\w+ × [a-z ]+$/);
});

const FOUND: readonly (readonly [string, string, string])[] = [
  ["swarm/crashy", "1+7", "a lost call's stream was latched to the next call: foreign audio"],
  ["swarm/everything", "3", "a re-INVITE right after a restart was answered with port 0"],
  ["swarm/crashy", "245", "a START that was sent later tied an orphan to the wrong call"],
  ["swarm/crashy", "219", "a call answered just before a kill was forgotten"],
];

for (const [name, seed, found] of FOUND) {
  test(`${name}, seed ${seed}: ${found}`, async () => {
    const { result } = await run(name, seed);
    assert.equal(result.why, null);
  });
}
