// `testbed list`: the scenarios, grouped by folder.
import {
  FIELD_FAULTS,
  GROUPS,
  loadScenarios,
  REQUIREMENTS,
  type Scenario,
} from "@tapeline/scenarios";
import { EXIT, UsageError } from "./exit-codes.ts";

/** `words`: only scenarios whose name, title, requirements or fault hold each of them. */
export async function listCommand(isJson: boolean, words: readonly string[]): Promise<number> {
  const scenarios = (await loadScenarios()).filter((each) =>
    words.every((word) => has(each, word)),
  );
  if (scenarios.length === 0) {
    throw new UsageError(`No scenario has the words ${words.join(" ")}. Try fewer, or others.`);
  }
  if (isJson) {
    const list = scenarios.map(described);
    const requirements = Object.entries(REQUIREMENTS).map(([id, sentence]) => ({
      id,
      sentence,
      scenarios: list.filter(({ proves }) => proves.includes(id)).map(({ name }) => name),
    }));
    const fieldFaults = Object.entries(FIELD_FAULTS).map(([id, sentence]) => ({
      id,
      sentence,
      scenarios: list.filter(({ fieldFault }) => fieldFault === id).map(({ name }) => name),
    }));
    const document = { version: 1, scenarios: list, requirements, fieldFaults };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return EXIT.ok;
  }
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  let group = "";
  for (const { name, title, proves, fieldFault, modes, cells } of scenarios) {
    const [folder = ""] = name.split("/");
    if (folder !== group) process.stdout.write(`${group === "" ? "" : "\n"}${heading(folder)}\n`);
    group = folder;
    const where = modes.length === 1 ? `  [${modes.join()} only]` : "";
    const matrix = cells.length === 0 ? "" : `  [${cells.length} cells]`;
    const ids = fieldFault === undefined ? proves : [...proves, fieldFault];
    const told = `${title} (${ids.join(", ")})${matrix}${where}`;
    process.stdout.write(`  ${name.padEnd(width)}  ${told}\n`);
  }
  process.stdout.write(`\n${counted(scenarios)}\n`);
  return EXIT.ok;
}

/** Folders of one's own have a name only. */
function heading(folder: string): string {
  const sentence = GROUPS[folder];
  return sentence === undefined ? folder : `${folder}\n  — ${sentence}`;
}

/** A requirement is meant whole (R1 is not R11), everything else by any part of it. */
function has({ name, title, proves, fieldFault }: Scenario, word: string): boolean {
  if (Object.hasOwn(REQUIREMENTS, word)) return proves.includes(word);
  const text = [name, title, fieldFault ?? ""].join(" ").toLowerCase();
  return text.includes(word.toLowerCase());
}

/** A matrix counts once. */
function counted(scenarios: readonly Scenario[]): string {
  const live = scenarios.filter(({ modes }) => modes.includes("live")).length;
  const cells = scenarios.reduce((sum, each) => sum + Math.max(1, each.cells.length), 0);
  return `${scenarios.length} scenarios, ${live} of them also live; with the cells of matrices ${cells} runs`;
}

function described(scenario: Scenario) {
  const { name, title, proves, fieldFault, modes, smoke, notElsewhere, cells } = scenario;
  return {
    name,
    title,
    proves,
    fieldFault: fieldFault ?? null,
    modes,
    smoke,
    notElsewhere: notElsewhere ?? null,
    cells: cells.map((cell) => cell.name),
  };
}
