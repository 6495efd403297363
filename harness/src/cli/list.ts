// `testbed list`: the scenarios, grouped by folder.
import { FIELD_FAULTS, loadScenarios, REQUIREMENTS, type Scenario } from "@tapeline/scenarios";
import { EXIT } from "./exit-codes.ts";

export async function listCommand(isJson: boolean): Promise<number> {
  const scenarios = await loadScenarios();
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
    if (folder !== group) process.stdout.write(`${group === "" ? "" : "\n"}${folder}\n`);
    group = folder;
    const where = modes.length === 1 ? `  [${modes.join()} only]` : "";
    const matrix = cells.length === 0 ? "" : `  [${cells.length} cells]`;
    const ids = fieldFault === undefined ? proves : [...proves, fieldFault];
    const told = `${title} (${ids.join(", ")})${matrix}${where}`;
    process.stdout.write(`  ${name.padEnd(width)}  ${told}\n`);
  }
  return EXIT.ok;
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
