// One mutant, tried: the unit tests that come by it, the nearest first, then the scenarios, until
// something fails. choose… is pure; tryMutant runs it.
import type { Mutant } from "./mutants.ts";
import { ACTIVE_MUTANT } from "./mutants.ts";
import { runLimited, type ChildEnd } from "./limited-child.ts";
import { sliceArguments, testArguments, type Place, type Proof } from "./proofs.ts";
import type { Tried } from "./score.ts";

/** Of other folders than the mutant's own, the quickest. */
const FOREIGN_TESTS_MAX = 4;
const SCENARIOS_MAX = 6;
/** A mutant may use so many times the processor time of the original, and this besides. */
const PROCESSOR_FACTOR = 4;
const PROCESSOR_BESIDES_MS = 6_000;
/** And may last so many times as long: generous, for the machine may be busier than before. */
const WALL_FACTOR = 6;
const WALL_BESIDES_MS = 30_000;

type Choosing = Pick<Mutant, "id" | "area" | "file">;

/** Unit tests that come by the mutant: the one of its file, those of its folder, a few others. */
export function chooseTests(mutant: Choosing, proofs: readonly Proof[]): readonly Proof[] {
  const namesake = mutant.file.replace("/src/", "/test/").replace(/\.ts$/, ".test.ts");
  const folder = `recorder/test/${mutant.area}/`;
  const covering = covers(mutant, proofs, "test").sort((a, b) => a.durationMs - b.durationMs);
  const own = covering.filter(({ name }) => name.startsWith(folder));
  return [
    ...own.filter(({ name }) => name === namesake),
    ...own.filter(({ name }) => name !== namesake),
    ...covering.filter((proof) => !own.includes(proof)).slice(0, FOREIGN_TESTS_MAX),
  ];
}

/** Scenarios that come by it, those first that come by the fewest mutants: they look closest. */
export function chooseScenarios(mutant: Choosing, proofs: readonly Proof[]): readonly Proof[] {
  const covering = covers(mutant, proofs, "scenario").sort((a, b) => a.covers.size - b.covers.size);
  return covering.slice(0, SCENARIOS_MAX);
}

function covers({ id }: Choosing, proofs: readonly Proof[], kind: Proof["kind"]): Proof[] {
  return proofs.filter((proof) => proof.kind === kind && proof.covers.has(id));
}

export async function tryMutant(
  mutant: Mutant,
  proofs: readonly Proof[],
  place: Pick<Place, "root" | "seed">,
): Promise<Tried> {
  const tests = chooseTests(mutant, proofs);
  const scenarios = chooseScenarios(mutant, proofs);
  if (tests.length + scenarios.length === 0) return { mutant, fate: "uncovered", by: null };
  for (const test of tests) {
    const end = await run(mutant, testArguments(place.root, test.name), [test], place);
    const tried = judged(mutant, end, test.name);
    if (tried !== null) return tried;
  }
  if (scenarios.length > 0) {
    const names = scenarios.map(({ name }) => name);
    const given = sliceArguments(place, { mode: "try", names });
    const tried = judged(mutant, await run(mutant, given, scenarios, place), "scenarios");
    if (tried !== null) return tried;
  }
  return { mutant, fate: "survived", by: null };
}

function run(
  mutant: Mutant,
  given: readonly string[],
  proofs: readonly Proof[],
  { root }: Pick<Place, "root">,
): Promise<ChildEnd> {
  const sum = (of: (proof: Proof) => number): number =>
    proofs.reduce((total, proof) => total + of(proof), 0);
  const limits = {
    processorLimitMs: PROCESSOR_BESIDES_MS + PROCESSOR_FACTOR * sum((proof) => proof.processorMs),
    wallLimitMs: WALL_BESIDES_MS + WALL_FACTOR * sum((proof) => proof.durationMs),
  };
  const env = { [ACTIVE_MUTANT]: mutant.id };
  return runLimited(given, { cwd: root, ...limits, env, stopsAtFailure: true });
}

function judged(mutant: Mutant, { fate, failure }: ChildEnd, proof: string): Tried | null {
  if (fate === "good") return null;
  if (fate === "timeout") return { mutant, fate: "timeout", by: proof };
  return { mutant, fate: "killed", by: `${proof}: ${failure ?? "it ended badly"}`.slice(0, 240) };
}
