// `npm run planted-bugs [NAME…]`: proof that the suite finds bugs. Each of them is planted in a
// copy of the repository, hunted there under at most 200 seeds, named by the failure's text, and
// reduced to at most 10 steps; the same run passes on the code as it is.
import { loadScenarios, runnable } from "@tapeline/scenarios";
import { runScenario } from "../run-scenario.ts";
import { PLANTED_BUGS, type PlantedBug } from "./bugs.ts";
import { CopiedRepository, runNode } from "./copied-repository.ts";
import { namingCheck, type Catch, type Hunt } from "./hunt.ts";

export const LIMIT_SEEDS = 200;
export const LIMIT_STEPS = 10;

export interface Verdict {
  readonly bug: string;
  readonly caught: Catch | null;
  /** Empty: all is as it must be. */
  readonly problems: readonly string[];
}

export async function provePlantedBug(bug: PlantedBug, seed: string): Promise<Verdict> {
  const caught = await huntInCopy(bug, seed);
  if (caught === null) {
    return { bug: bug.name, caught, problems: [`not caught within ${LIMIT_SEEDS} seeds`] };
  }
  const problems: string[] = [];
  if (caught.steps > LIMIT_STEPS) problems.push(`${caught.steps} steps are left of it`);
  const mended = await runHere(caught, bug);
  if (mended !== null) problems.push(`the run fails without the bug as well: ${mended}`);
  return { bug: bug.name, caught, problems };
}

async function huntInCopy(bug: PlantedBug, seed: string): Promise<Catch | null> {
  const copy = await CopiedRepository.make();
  try {
    for (const { file, from, to } of bug.changes) await copy.plant(file, from, to);
    const { hunters, names } = bug;
    const wanted: Hunt = { hunters, seed, seeds: LIMIT_SEEDS, names: names.source };
    const script = `${copy.root}/harness/src/planted/hunt.ts`;
    const { code, stdout, stderr } = await runNode([script, JSON.stringify(wanted)], {
      cwd: copy.root,
    });
    if (code !== 0) throw new Error(`the hunt for ${bug.name} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Catch | null;
  } finally {
    await copy.remove();
  }
}

/** Why the same run names the bug on the code as it is; null when it does not. */
async function runHere(
  { scenario: name, seed }: Catch,
  { names }: PlantedBug,
): Promise<string | null> {
  const scenario = runnable(await loadScenarios()).find((each) => each.name === name);
  if (scenario === undefined) return `there is no ${name}`;
  const place = { mode: "virtual", directory: null, workDirectory: "" } as const;
  const { result } = await runScenario({ scenario, seed, ...place });
  return namingCheck(result, names)?.why ?? null;
}

if (import.meta.main) {
  const wanted = process.argv.slice(2);
  const bugs = PLANTED_BUGS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  let isGood = bugs.length > 0;
  for (const bug of bugs) {
    const { caught, problems } = await provePlantedBug(bug, "planted");
    isGood &&= problems.length === 0;
    process.stdout.write(`${problems.length === 0 ? "ok  " : "FAIL"} ${bug.name}: ${bug.title}\n`);
    if (caught !== null) {
      const { scenario, seed, seedCount, from, steps, why, named } = caught;
      const seeds = `${seedCount} seed${seedCount === 1 ? "" : "s"}`;
      process.stdout.write(
        `       after ${seeds}, ${scenario} ${seed}; ${steps} of ${from} steps are needed\n` +
          `       named by "${named}": ${why.slice(0, 160)}\n`,
      );
    }
    for (const problem of problems) process.stdout.write(`       ${problem.slice(0, 300)}\n`);
  }
  process.exitCode = isGood ? 0 : 1;
}
