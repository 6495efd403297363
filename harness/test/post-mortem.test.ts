// A story that stops at a step: its run is brought to rest and examined, and what the checkers saw
// stands before the step that it made vain.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { whyStopped } from "../src/post-mortem.ts";
import { runScenario } from "../src/run-scenario.ts";

const STOPPED = scenario({
  name: "test/stopped",
  title: "A story that waits for what never comes, in the middle of a call",
  proves: ["T1"],
  async story({ caller, agent, until }) {
    await caller().calls("2001");
    await agent("2001").answers();
    await agent("2001").isBeingRecorded();
    await until("pigs fly", () => false, 1);
  },
});

test("a story that stopped for no fault of anybody's is known by its step alone", async () => {
  const where = { directory: null, workDirectory: "" };
  const run = { scenario: STOPPED, mode: "virtual", seed: "1", ...where } as const;
  const [{ result }, again] = [await runScenario(run), await runScenario(run)];
  assert.equal(result.verdict, "fail");
  assert.equal(result.why, "pigs fly: not within 1000 ms");
  assert.ok(result.checks.some(({ name }) => name === "sip"));
  assert.ok(result.checks.every(({ verdict }) => verdict === "pass"));
  assert.equal(again.result.traceHash, result.traceHash);
});

test("what a checker saw is the reason, the step its consequence", () => {
  const step = "2006 is being recorded: not within 30000 ms";
  const complaints = [
    { name: "sip", texts: [] },
    { name: "vcm", texts: ["VCM channels are still held", "9 of 8"] },
  ];
  assert.equal(
    whyStopped(step, complaints),
    `vcm: VCM channels are still held; 9 of 8; then ${step}`,
  );
  assert.equal(whyStopped(step, []), step);
});
