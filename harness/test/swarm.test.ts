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
  ["swarm/crashy", "q4+9", "a START asked anew after a restart renamed the stream that went on"],
  ["swarm/crashy", "q4+56", "a conversation had two callKeys after a restart"],
  ["swarm/everything", "q3+22", "an ACK that a re-INVITE had overtaken was not in the journal"],
  ["swarm/everything", "q5+94", "a BYE before its dialog was restored was answered with 481"],
  ["swarm/everything", "q6+89", "a stream forgotten with the power fell to the next call"],
  ["swarm/bad-network", "u1+19", "two calls that began at once on one port were crossed, unsaid"],
  ["swarm/bad-disk", "h1+16", "a pause passed over a call whose files a slow disk was opening"],
  ["swarm/crashy", "k+28", "a clock set back overruled the timestamps after a restart"],
  ["swarm/bad-network", "d+12", "the truth forgot an older call that a conference had taken in"],
  ["swarm/everything", "a+6", "the versions of our descriptions began at 1000 after each restart"],
  ["swarm/crashy", "m+48", "what a killed process had not synced went with the power"],
  ["swarm/choosy-site", "b+18", "samples ran back in the journal of a call that went on"],
  ["swarm/choosy-site", "nk0+19", "a tail that was complete before a crash lost its last samples"],
  ["swarm/choosy-site", "nk60+1", "a row that a power cut turned into zeros ended the run"],
  [
    "swarm/crashy",
    "nl+76",
    "a leg of a conference made during a crash was asked of its first call",
  ],
  ["swarm/choosy-site", "1+329", "a re-INVITE put off before its dialog was restored was missed"],
  ["swarm/choosy-site", "1+569", "a leg of such a conference was to be tied to its first call"],
  ["swarm/bad-disk", "1+986", "a pause was given up 2 s after its call, before the disk's 10 s"],
  ["swarm/bad-network", "w5+275", "a retrieval that nobody told was asked for in the journal"],
  ["swarm/everything", "w5+136", "a third call on one port was found in the second one"],
  ["swarm/bad-network", "w5+133", "of packets that overtook one another a jump cost ninety"],
  ["swarm/everything", "t5+133", "lost packets of a pause before all audio stood in the capture"],
  ["swarm/everything", "t5+162", "a tail was reckoned by its slow packets"],
  ["swarm/everything", "t5+271", "audio after BYE, of another SSRC, fell to a silent call"],
  ["swarm/everything", "w5+7", "the first packet after a hold came after the hold was written"],
  ["swarm/everything", "u5+38", "a jump that neither clock nor numbers told of was to be known"],
  ["swarm/stream-sip", "1+66", "a BYE on a stream, before its dialog was restored, got 503"],
  ["swarm/stream-sip", "1+454", "a call whose BYE a dead stream had lost was recorded for ever"],
  ["swarm/stream-sip", "1+560", "what was repeated while a stream opened came twice at once"],
  ["swarm/everything", "1+372", "a version leapt behind an answer that was said again"],
];

for (const [name, seed, found] of FOUND) {
  test(`${name}, seed ${seed}: ${found}`, async () => {
    const { result } = await run(name, seed);
    assert.equal(result.why, null);
  });
}

const SLICE_SEEDS = 5;

for (const profile of SWARM_PROFILES) {
  test(`swarm/${profile}: ${SLICE_SEEDS} seeds in a row pass`, async () => {
    for (let index = 0; index < SLICE_SEEDS; index += 1) {
      const seed = `slice+${index}`;
      const { result } = await run(`swarm/${profile}`, seed);
      assert.equal(result.why, null, `npx testbed run swarm/${profile} --seed ${seed}`);
    }
  });
}
