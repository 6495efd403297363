// Plans of swarms: made of profile and seed alone, plain data, with troubles of the profile; what a
// swarm may meet is reckoned over all of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  coverageOf,
  makePlan,
  NOT_IN_SWARMS,
  NOT_TOGETHER,
  ODDITIES,
  SITUATIONS,
  SWARM_PROFILES,
} from "../../src/people/index.ts";
import { oddityEntries } from "../../src/pbx/index.ts";

const SEEDS = Array.from({ length: 50 }, (_, index) => `plan+${index}`);

for (const profile of SWARM_PROFILES) {
  test(`${profile}: the same seed makes the same plan, another seed another one, all of it JSON`, () => {
    const plans = SEEDS.map((seed) => JSON.stringify(makePlan(profile, seed)));
    assert.deepEqual(
      SEEDS.map((seed) => JSON.stringify(makePlan(profile, seed))),
      plans,
    );
    assert.equal(new Set(plans).size, SEEDS.length);
    for (const [index, text] of plans.entries()) {
      assert.deepEqual(JSON.parse(text), makePlan(profile, SEEDS[index] ?? ""));
    }
  });

  test(`${profile}: steps and faults are in order of time, by people of the plan`, () => {
    const names = new Set(ODDITIES[profile].map(({ name }) => name));
    for (const seed of SEEDS) {
      const { people, steps, faults } = makePlan(profile, seed);
      const ids = new Set(people.map(({ id }) => id));
      assert.ok(steps.length > 0);
      assert.ok(steps.every(({ who }) => ids.has(who)));
      assert.ok(steps.every((step, at) => at === 0 || step.atMs >= (steps[at - 1]?.atMs ?? 0)));
      assert.ok(faults.every(({ what }) => names.has(what)));
      assert.ok(faults.every(({ fromMs, toMs }) => fromMs <= toMs));
      assert.ok(faults.every((one, at) => at === 0 || one.fromMs >= (faults[at - 1]?.fromMs ?? 0)));
      if (names.size > 0) assert.ok(faults.length > 0);
    }
  });
}

test("what seldom happens by chance is aimed at: each act and a full queue in a few plans", () => {
  const plans = SEEDS.map((seed) => makePlan("everything", seed));
  const acts = new Set(plans.flatMap(({ steps }) => steps.map(({ what }) => what)));
  for (const act of ["parks in", "confers", "pauses", "listens to", "is private"] as const) {
    assert.ok(acts.has(act), act);
  }
  const isQueueing = ({ steps }: (typeof plans)[number]): boolean => {
    const groups = steps.filter(
      ({ what, with: to = "" }) => what === "calls" && to.startsWith("30"),
    );
    return groups.length > 1;
  };
  assert.ok(plans.some(isQueueing));
});

test("troubles come while something goes on, whatever lasts a moment only", () => {
  const near = SEEDS.flatMap((seed) => {
    const { steps, faults } = makePlan("crashy", seed);
    const taken = steps.filter(({ what }) => what === "answers");
    return faults.filter(({ fromMs }) =>
      taken.some(({ atMs }) => fromMs >= atMs && fromMs <= atMs + 10),
    );
  });
  assert.ok(near.length > 0, "none while a recording is dialled");
});

test("every oddity of the IP Office is in a swarm, or it stands why not", () => {
  const swarmed = new Set(Object.values(ODDITIES).flatMap((all) => all.map(({ name }) => name)));
  const known = oddityEntries().map(({ name }) => name);
  assert.deepEqual(
    known.filter((name) => !swarmed.has(name) && NOT_IN_SWARMS[name] === undefined),
    [],
  );
  const left = Object.keys(NOT_IN_SWARMS);
  assert.deepEqual(
    left.filter((name) => swarmed.has(name) || !known.includes(name)),
    [],
  );
});

test("what nobody could tell apart is in no plan together", () => {
  const reused = new Set<string>();
  for (const seed of Array.from({ length: 3_000 }, (_, index) => `rivals+${index}`)) {
    const { faults } = makePlan("everything", seed);
    const whats = new Set(faults.map(({ what }) => what));
    for (const { one, value, other, why } of NOT_TOGETHER) {
      const isDrawn = faults.some((fault) => fault.what === one && fault.value === value);
      assert.ok(!(isDrawn && whats.has(other)), why);
      if (!isDrawn && whats.has(one) && whats.has(other)) reused.add(other);
    }
  }
  // What can be told apart is not kept apart: a port that the next call has once one is over.
  assert.deepEqual(reused, new Set(NOT_TOGETHER.map(({ other }) => other)));
});

test("coverage names the pairs that no swarm came to", () => {
  const met = new Set(["disk.liveSlow × held", "clock.step × held", "sip.lossRatio × held"]);
  const coverage = coverageOf(new Set(["bad-disk", "quiet-site"]), met);
  assert.equal(coverage?.legal, ODDITIES["bad-disk"].length * SITUATIONS.length);
  assert.equal(coverage.reached, 2);
  assert.equal(coverage.ratio, 2 / coverage.legal);
  assert.equal(coverage.missing.length, coverage.legal - 2);
  assert.ok(coverage.missing.includes("disk.liveFrozen × held"));
  assert.equal(coverageOf(new Set(["busy-site"]), met), null);
});
