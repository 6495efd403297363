// `testbed pin RESULT NAME`: a failure kept as a scenario of its own, with its seed and its steps in
// readable TypeScript: the (reduced) plan of a swarm, or the story of the scenario that failed.
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import type { RunResult } from "@tapeline/reports";
import type { Scenario } from "@tapeline/scenarios";
import { makePlan, type SwarmPlan } from "@tapeline/simulator/people";
import { EXIT } from "./exit-codes.ts";
import { newScenario, writeScenario, type NewScenario } from "./scenario-file.ts";
import { sourceText } from "./source-text.ts";
import { scenarioOf, storedResult } from "./stored-result.ts";

/** `folder`: for tests; default the folder of all scenarios. */
export async function pinCommand(given: string, name: string, folder?: string): Promise<number> {
  const target = newScenario(name, folder);
  const { run } = await storedResult(given);
  const scenario = await scenarioOf(run);
  const plan = planOf(run, scenario);
  const text =
    plan === null ? await pinnedStory(run, scenario, target) : pinnedPlan(run, plan, target);
  await writeScenario(target, text);
  const what =
    plan === null ? "its story" : `${plan.steps.length} steps, ${plan.faults.length} faults`;
  process.stdout.write(`${target.shownPath} is written: ${what}, seed ${run.seed}.

Next:
  npx testbed run ${name}   fails as the original did, until the bug is mended
  npm run requirements   takes it into the table of requirements
`);
  return EXIT.ok;
}

/** The reduced plan where there is one. */
function planOf(run: RunResult, scenario: Scenario): SwarmPlan | null {
  if (run.shrunk !== undefined) return run.shrunk.plan as SwarmPlan;
  if (scenario.plan !== undefined) return scenario.plan;
  return scenario.swarm === undefined ? null : makePlan(scenario.swarm, run.seed);
}

function pinnedPlan(run: RunResult, plan: SwarmPlan, { name, language }: NewScenario): string {
  const why = run.shrunk?.why ?? run.why ?? "passed when it was pinned";
  const fields = ["profile", "seed", "people", "steps", "faults"] as const;
  const lines = fields.map((field) => {
    const start = `    ${field}: `;
    return `${start}${sourceText(plan[field], { indent: "    ", used: start.length })},`;
  });
  return `// Proves ${run.proves.join(", ")}: pinned from ${run.scenario}, seed ${run.seed}.
${commentLines(why)}
import { pinnedPlan, scenario } from "${language}";

export default scenario({
  name: "${name}",
${field("title", titleOf(run))}
  proves: ${sourceText(run.proves, { indent: "  ", used: 10 })},
  ...pinnedPlan({
${lines.join("\n")}
  }),
});
`;
}

/** The original's file under another name, with the seed; a cell leaves one value of each axis. */
async function pinnedStory(
  run: RunResult,
  scenario: Scenario,
  target: NewScenario,
): Promise<string> {
  const [base = run.scenario] = run.scenario.split("[");
  const source = await readFile(newScenario(base).path, "utf8");
  const [first = "", ...rest] = source.split("\n");
  const moved = rest.join("\n").replaceAll(/from "(\.\.?\/[^"]+)"/g, (_, path: string) => {
    const inside = posix.join(posix.dirname(base), path);
    const fresh = posix.relative(posix.dirname(target.name), inside);
    return `from "${fresh.startsWith(".") ? fresh : `./${fresh}`}"`;
  });
  const named = moved.replace(
    /(\n {2}name: )"[^"]*",\n/,
    (_, start: string) => `${start}"${target.name}",\n  seed: ${JSON.stringify(run.seed)},\n`,
  );
  const why = `Pinned from ${run.scenario}, seed ${run.seed}: ${run.why ?? "it passed"}`;
  return [first, commentLines(why), oneCell(named, scenario)].join("\n");
}

/** The matrix with one value on each axis. */
function oneCell(source: string, { cell }: Scenario): string {
  if (cell === null) return source;
  const axes = Object.fromEntries(Object.entries(cell).map(([axis, value]) => [axis, [value]]));
  const start = "  matrix: ";
  const text = sourceText(axes, { indent: "  ", used: start.length });
  return source.replace(/\n {2}matrix: \{[^}]*\},\n/, `\n${start}${text},\n`);
}

const COMMENT_CHARACTERS = 96;
const COMMENT_LINES = 4;

/** As lines of a comment, cut where it gets long. */
function commentLines(text: string): string {
  const words = text.replaceAll(/\s+/g, " ").split(" ");
  const lines: string[] = [""];
  for (const word of words) {
    const line = lines.at(-1) ?? "";
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= COMMENT_CHARACTERS) lines[lines.length - 1] = longer;
    else lines.push(word.slice(0, COMMENT_CHARACTERS));
  }
  const shown = lines.slice(0, COMMENT_LINES);
  if (lines.length > shown.length) shown.push("…");
  return shown.map((line) => `// ${line}`).join("\n");
}

/** A field of text; on a line of its own where it is long. */
function field(name: string, text: string): string {
  const value = JSON.stringify(text);
  const flat = `  ${name}: ${value},`;
  return flat.length <= 100 ? flat : `  ${name}:\n    ${value},`;
}

const TITLE_CHARACTERS = 80;

function titleOf(run: RunResult): string {
  const why = (run.shrunk?.why ?? run.why ?? run.scenario).split("\n")[0] ?? "";
  const words = why.replaceAll(/[0-9a-f-]{36}-\d+/g, "a recording");
  return `Pinned: ${words.length > TITLE_CHARACTERS ? `${words.slice(0, TITLE_CHARACTERS)}…` : words}`;
}
