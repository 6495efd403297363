// `testbed import BUNDLE NAME`: a support bundle becomes a scenario that repeats its records, INVITEs,
// gaps and pauses with synthetic speech.
import { basename } from "node:path";
import { BundleProblem, readBundle, type BundleTexts } from "../import/bundle-files.ts";
import { planOfBundle, type ImportedPlan } from "../import/imported-plan.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { newScenario, writeScenario, type NewScenario } from "./scenario-file.ts";
import { sourceText } from "./source-text.ts";

/** `folder`: for tests; default the folder of all scenarios. */
export async function importCommand(
  bundle: string,
  name: string,
  folder?: string,
): Promise<number> {
  const target = newScenario(name, folder);
  const imported = planOfBundle(await textsOf(bundle), basename(bundle));
  if (imported === null) {
    throw new UsageError(
      `BUNDLE_WITHOUT_CALLS: ${bundle} tells of no call: there is no record of one in its cd3_log. Make it of the time ` +
        "in question: npx tapeline-recorder bundle --help.",
    );
  }
  await writeScenario(target, scenarioText(imported, target, basename(bundle)));
  const { plan, recordCount, journalCount } = imported;
  process.stdout
    .write(`${target.shownPath} is written: ${recordCount} records and ${journalCount} journals
became ${plan.steps.length} steps of ${plan.people.length} people and ${plan.faults.length} faults.

Next:
  npx testbed run ${name}   plays them again
  npm run requirements   takes it into the table of requirements
`);
  return EXIT.ok;
}

async function textsOf(bundle: string): Promise<BundleTexts> {
  try {
    return await readBundle(bundle);
  } catch (error) {
    if (!(error instanceof BundleProblem)) throw error;
    throw new UsageError(error.message);
  }
}

function scenarioText(
  { plan, users, groups, trunks, recorder }: ImportedPlan,
  { name, language }: NewScenario,
  bundle: string,
): string {
  const fields = (indent: string, given: Readonly<Record<string, unknown>>): string =>
    Object.entries(given)
      .map(([field, value]) => {
        const start = `${indent}${field}: `;
        return `${start}${sourceText(value, { indent, used: start.length })},`;
      })
      .join("\n");
  const { profile, seed, people, steps, faults } = plan;
  const site = { users, ...(groups.length === 0 ? {} : { groups }), trunks };
  const changes = Object.keys(recorder).length === 0 ? "" : `\n${fields("  ", { recorder })}`;
  return `// Proves R1, R4, R24: what a support bundle tells of, once more, with synthetic speech.
import { importedPlan, scenario } from "${language}";

export default scenario({
  name: "${name}",
${fields("  ", { title: `Imported from ${bundle}` })}
  proves: ["R1", "R4", "R24"],
  ...importedPlan(
    {
${fields("      ", { profile, seed, people, steps, faults })}
    },
    {
${fields("      ", site)}
    },
  ),${changes}
});
`;
}
