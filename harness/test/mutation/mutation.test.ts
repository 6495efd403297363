// The deciding parts of mutation testing: the sample, the list of equivalent mutants, the score,
// and the choice of what is run against a mutant. That tests catch mutants is `npm run mutation`'s
// work.
import assert from "node:assert/strict";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadScenarios } from "@tapeline/scenarios";
import { choose } from "../../src/cli/choose.ts";
import { AREAS } from "../../src/mutation/areas.ts";
import { isEquivalent, staleEntries } from "../../src/mutation/equivalence.ts";
import { EQUIVALENTS } from "../../src/mutation/equivalents.ts";
import { findMutants, type Mutant } from "../../src/mutation/mutants.ts";
import type { Proof } from "../../src/mutation/proofs.ts";
import { progressText } from "../../src/mutation/progress.ts";
import { AREA_MIN_MUTANTS, sample, shares } from "../../src/mutation/sample.ts";
import { scores, scoreTable, survivorLine, type Fate } from "../../src/mutation/score.ts";
import { runLimited } from "../../src/mutation/limited-child.ts";
import { chooseScenarios, chooseTests } from "../../src/mutation/trial.ts";
import { REPOSITORY } from "../copied-repository.ts";

function candidates(sizes: Readonly<Record<string, number>>): { key: string; area: string }[] {
  return Object.entries(sizes).flatMap(([area, size]) =>
    Array.from({ length: size }, (_, index) => ({ area, key: `${area} ${index}` })),
  );
}

function mutant(values: Partial<Mutant>): Mutant {
  const place = { area: "rtp", file: "recorder/src/rtp/reorder.ts", line: 7, at: "if (a < b)" };
  return {
    id: "1",
    key: "k",
    mutator: "EqualityOperator",
    change: "a < b → a <= b",
    ...place,
    ...values,
  };
}

function proof(kind: Proof["kind"], name: string, durationMs: number, covers = ["1"]): Proof {
  return { kind, name, durationMs, processorMs: durationMs, covers: new Set(covers) };
}

test("each area gives its share of the sample, and 30 mutants at least", () => {
  const all = candidates({ sip: 6000, rtp: 1000, audio: 400, tiny: 12 });
  const given = shares(all, 400);
  assert.deepEqual(Object.fromEntries(given), {
    sip: 324,
    rtp: 54,
    audio: AREA_MIN_MUTANTS,
    tiny: 12,
  });
  assert.equal(sample(all, { seed: "a", count: 400 }).length, 324 + 54 + 30 + 12);
});

test("the same seed chooses the same mutants, another seed others", () => {
  const all = candidates({ sip: 500, rtp: 300 });
  const [first, again, other] = ["a", "a", "b"].map((seed) => sample(all, { seed, count: 100 }));
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
});

test("code that changes elsewhere does not change which of the others are chosen", () => {
  const all = candidates({ sip: 500 });
  const before = new Set(sample(all, { seed: "a", count: 100 }).map(({ key }) => key));
  const after = sample(all.slice(1), { seed: "a", count: 100 });
  assert.ok(after.filter(({ key }) => !before.has(key)).length <= 1);
});

test("an equivalent mutant is known by its code wherever the line has moved, not by its number", () => {
  const entry = { file: mutant({}).file, at: "if (a < b)", change: "a < b → a <= b", why: "…" };
  assert.ok(isEquivalent(mutant({ line: 900 }), [entry]));
  assert.ok(!isEquivalent(mutant({ at: "while (a < b)" }), [entry]));
  assert.ok(!isEquivalent(mutant({ change: "a < b → true" }), [entry]));
  assert.deepEqual(staleEntries([entry], [mutant({})]), []);
  assert.deepEqual(staleEntries([entry], [mutant({ at: "other" })]), [entry]);
});

test("every equivalent mutant of the list exists and has a reason", async () => {
  const files = [...new Set(EQUIVALENTS.map(({ file }) => file))];
  const areas = AREAS.map(({ name }) => name);
  const { mutants } = await findMutants(REPOSITORY, areas, files);
  assert.deepEqual(staleEntries(EQUIVALENTS, mutants), []);
  for (const { why, change } of EQUIVALENTS) assert.ok(why.length >= 20, change);
});

test("all mutants of a file are found with their text, and the file holds each of them", async () => {
  const file = "recorder/src/rtp/jitter.ts";
  const { mutants, texts } = await findMutants(REPOSITORY, ["rtp"], [file]);
  assert.ok(mutants.length > 10);
  assert.equal(new Set(mutants.map(({ key }) => key)).size, mutants.length);
  const dropped = mutants.find(({ change }) => change.startsWith("this.#jitter / SAMPLES_PER_MS"));
  assert.equal(dropped?.change, "this.#jitter / SAMPLES_PER_MS → this.#jitter * SAMPLES_PER_MS");
  assert.equal(dropped?.at, "return this.#jitter / SAMPLES_PER_MS;");
  for (const { id } of mutants) assert.ok(texts.get(file)?.includes(`"${id}"`), id);
});

test("the score counts what was killed or ran out of time, and leaves out equivalent mutants", () => {
  const fates: Fate[] = ["killed", "killed", "timeout", "survived", "uncovered", "equivalent"];
  const tried = fates.map((fate) => ({ mutant: mutant({}), fate, by: null }));
  const [rtp, all] = scores(tried);
  assert.deepEqual(rtp, {
    ...{ area: "rtp", mutants: 6, killed: 2, timeout: 1, survived: 1, uncovered: 1, equivalent: 1 },
    scorePercent: 60,
  });
  assert.deepEqual(all, { ...rtp, area: "all" });
  assert.match(scoreTable(rtp === undefined ? [] : [rtp]), /rtp +6 +2 +1 +1 +1 +1 +60\.0 %/);
  assert.equal(
    survivorLine(tried[3]!),
    "survived recorder/src/rtp/reorder.ts:7 EqualityOperator: a < b → a <= b",
  );
});

test("each line says how far the run is, and how long the rest takes at the pace so far", () => {
  const at = (done: number, elapsedMs: number): string =>
    progressText({ done, total: 400, elapsedMs });
  assert.equal(at(1, 9_000), "[1/400, 60 min left]");
  assert.equal(at(100, 40_000), "[100/400, 2 min left]");
  assert.equal(at(200, 119_000), "[200/400, 119 s left]");
  assert.equal(at(400, 119_000), "[400/400, 0 s left]");
});

test("the test of the file comes first, then its folder's, then a few quick ones of others", () => {
  const proofs = [
    ...["a", "b", "c", "d", "e"].map((name, i) =>
      proof("test", `recorder/test/sip/${name}.test.ts`, i),
    ),
    proof("test", "recorder/test/rtp/timeline.test.ts", 5),
    proof("test", "recorder/test/rtp/reorder.test.ts", 900),
    proof("test", "recorder/test/rtp/packet.test.ts", 1, ["2"]),
    proof("scenario", "media/late-audio", 10),
  ];
  assert.deepEqual(
    chooseTests(mutant({}), proofs).map(({ name }) => name.slice("recorder/test/".length, -8)),
    ["rtp/reorder", "rtp/timeline", "sip/a", "sip/b", "sip/c", "sip/d"],
  );
});

test("of the scenarios those come first that come by the fewest mutants", () => {
  const proofs = [
    proof("scenario", "swarm", 9, ["1", "2", "3"]),
    proof("scenario", "other", 9, ["2"]),
    proof("scenario", "near", 9, ["1"]),
  ];
  assert.deepEqual(
    chooseScenarios(mutant({}), proofs).map(({ name }) => name),
    ["near", "swarm"],
  );
});

test("a child that spins, or waits for ever, ends at its limits; one that fails ends at once", async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), "limited-"));
  t.after(() => rm(cwd, { recursive: true }));
  const run = (script: string) =>
    runLimited(["--eval", script], {
      ...{ cwd, env: {}, processorLimitMs: 1_000, wallLimitMs: 60_000 },
      stopsAtFailure: true,
    });
  if (process.platform !== "win32") assert.equal((await run("for (;;);")).fate, "timeout");
  const failing = "console.log('not ok 1 - bad'); setInterval(() => 0, 1000);";
  const failed = await run(failing);
  assert.deepEqual([failed.fate, failed.failure], ["failed", "not ok 1 - bad"]);
  assert.equal((await run("console.log('ok 1 - good')")).fate, "good");
  assert.equal((await run("process.exit(3)")).fate, "failed");
});

test("tests named of other folders exist, and every scenario pattern means something", async () => {
  const all = await loadScenarios();
  for (const { otherTests = [], scenarios } of AREAS) {
    for (const file of otherTests) await access(`${REPOSITORY}/recorder/test/${file}`);
    assert.ok(choose(all, scenarios).length > 0);
  }
});
