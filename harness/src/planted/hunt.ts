// Runs inside a copy of the repository in which a bug is planted: plays the hunting scenarios under
// one seed after the other until a failure names the bug, reduces it, and prints what it found as
// JSON. Started by planted-bugs.ts, with the hunt as its only argument.
import { runnable, loadScenarios, type Scenario } from "@tapeline/scenarios";
import type { RunResult } from "@tapeline/reports";
import { runScenario } from "../run-scenario.ts";
import { shrinkRun } from "../shrink/shrink-run.ts";

export interface Hunt {
  readonly hunters: readonly string[];
  readonly seed: string;
  readonly seeds: number;
  /** Source of the expression that names the bug. */
  readonly names: string;
}

export interface Catch {
  readonly scenario: string;
  readonly seed: string;
  /** Seeds until then, this one included. */
  readonly seedCount: number;
  readonly why: string;
  /** What of the text names the bug. */
  readonly named: string;
  /** Of the reduced plan; of a story the things that people do in it. */
  readonly steps: number;
  readonly from: number;
  /** Failures on the way that did not name it. */
  readonly others: readonly string[];
}

const PLACE = { mode: "virtual", directory: null, workDirectory: "" } as const;
/** Notes that are no step of anybody. */
const NO_STEP = /^(settle|the recorder starts)$/;

/** null: not caught. */
async function hunt({ hunters, seed, seeds, names }: Hunt): Promise<Catch | null> {
  const all = runnable(await loadScenarios());
  const scenarios = hunters.map((name) => {
    const found = all.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no scenario ${name}`);
    return found;
  });
  const others: string[] = [];
  for (let index = 0; index < seeds; index += 1) {
    for (const scenario of scenarios) {
      const caught = await tryOne(scenario, `${seed}+${index}`, {
        names: new RegExp(names),
        others,
      });
      if (caught !== null) return { ...caught, seedCount: index + 1, others };
    }
  }
  return null;
}

async function tryOne(
  scenario: Scenario,
  seed: string,
  { names, others }: { readonly names: RegExp; readonly others: string[] },
): Promise<Omit<Catch, "seedCount" | "others"> | null> {
  const { result, evidence } = await runScenario({ scenario, seed, ...PLACE });
  if (result.verdict !== "fail") return null;
  // As reports tell it: every check that failed, not the first one alone.
  const naming = namingCheck(result, names);
  if (naming === null) {
    others.push(`${scenario.name} ${seed}: ${(result.why ?? "").slice(0, 200)}`);
    return null;
  }
  const shrunk = await shrinkRun(scenario, { ...result, ...naming });
  const told = (evidence?.notes ?? []).filter(({ text }) => !NO_STEP.test(text)).length;
  return {
    ...{ scenario: scenario.name, seed, why: naming.why, named: names.exec(naming.why)?.[0] ?? "" },
    steps: shrunk?.to.steps ?? told,
    from: shrunk?.from.steps ?? told,
  };
}

/** The part of a failure that names the bug, as if nothing else had failed; null when none does. */
export function namingCheck(
  result: Pick<RunResult, "why" | "checks">,
  names: RegExp,
): (Pick<RunResult, "why" | "checks"> & { readonly why: string }) | null {
  const failed = result.checks.filter(({ verdict }) => verdict === "fail");
  const check = failed.find(({ name, detail }) => names.test(`${name}: ${detail ?? ""}`));
  if (check !== undefined) return { why: `${check.name}: ${check.detail ?? ""}`, checks: [check] };
  const why = result.why ?? "";
  return failed.length === 0 && names.test(why) ? { why, checks: [] } : null;
}

if (import.meta.main) {
  const found = await hunt(JSON.parse(process.argv[2] ?? "{}") as Hunt);
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
