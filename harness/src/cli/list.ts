// `testbed list`: the scenarios, grouped by folder.
import { loadScenarios, REQUIREMENTS } from "@tapeline/scenarios";
import { EXIT } from "./exit-codes.ts";

export async function listCommand(isJson: boolean): Promise<number> {
  const scenarios = await loadScenarios();
  if (isJson) {
    const list = scenarios.map(({ name, title, proves, modes, smoke, notElsewhere, cells }) => ({
      name,
      title,
      proves,
      modes,
      smoke,
      notElsewhere: notElsewhere ?? null,
      cells: cells.map((cell) => cell.name),
    }));
    const requirements = Object.entries(REQUIREMENTS).map(([id, sentence]) => ({
      id,
      sentence,
      scenarios: list.filter(({ proves }) => proves.includes(id)).map(({ name }) => name),
    }));
    const document = { version: 1, scenarios: list, requirements };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return EXIT.ok;
  }
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  let group = "";
  for (const { name, title, proves, modes, cells } of scenarios) {
    const [folder = ""] = name.split("/");
    if (folder !== group) process.stdout.write(`${group === "" ? "" : "\n"}${folder}\n`);
    group = folder;
    const where = modes.length === 1 ? `  [${modes.join()} only]` : "";
    const matrix = cells.length === 0 ? "" : `  [${cells.length} cells]`;
    const told = `${title} (${proves.join(", ")})${matrix}${where}`;
    process.stdout.write(`  ${name.padEnd(width)}  ${told}\n`);
  }
  return EXIT.ok;
}
