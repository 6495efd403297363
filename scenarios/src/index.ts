// All scenarios: every module below this folder (language/ apart) with a default export made by
// scenario(). The list is the folder: nothing to register.
import { readdir } from "node:fs/promises";
import type { Scenario } from "./language/scenario.ts";

export { GROUPS } from "./language/groups.ts";
export { FIELD_FAULTS, type FieldFault } from "./language/field-faults.ts";
export { REQUIREMENTS, type RequirementId } from "./language/requirements.ts";
export { runnable } from "./language/scenario.ts";
export type { Cell } from "./language/matrix.ts";
export type * from "./language/story.ts";
export type {
  ExpectedCall,
  Expectations,
  ExpectedRecording,
  Scenario,
  TlsSetting,
} from "./language/scenario.ts";

/** Loads every scenario, sorted by name. Throws when a file's name and content disagree. */
export async function loadScenarios(): Promise<Scenario[]> {
  const root = new URL(".", import.meta.url);
  const files = await readdir(root, { recursive: true });
  const names = files
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.[jt]s$/.test(file) && file.includes("/") && !file.endsWith(".d.ts"))
    .filter((file) => !file.startsWith("language/"))
    .sort();
  const scenarios: Scenario[] = [];
  for (const file of names) {
    const module = (await import(new URL(file, root).href)) as { readonly default?: Scenario };
    const found = module.default;
    const expected = file.replace(/\.[jt]s$/, "");
    if (found === undefined || found.name !== expected) {
      throw new Error(`scenarios/src/${file} must export a scenario named "${expected}"`);
    }
    scenarios.push(found);
  }
  return scenarios;
}
