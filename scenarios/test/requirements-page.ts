// requirements.md is generated from the scenarios' `proves`, so that the table of what is proved and
// the scenarios cannot drift apart. `npm run requirements` writes it; requirements.test.ts compares.
import { writeFileSync } from "node:fs";
import { loadScenarios, REQUIREMENTS } from "../src/index.ts";

/** Where the page lies. */
export const REQUIREMENTS_PAGE = new URL("../requirements.md", import.meta.url);

const OPENING = `# Requirements and the scenarios that prove them

Generated from the \`proves\` of every scenario by \`npm run requirements\`; do not edit.
\`testbed list --json\` tells the same to machines. T3 is proved by the tests of \`testbed validate\`.`;

/** The page's text. */
export async function requirementsPage(): Promise<string> {
  const scenarios = await loadScenarios();
  const sections = Object.entries(REQUIREMENTS).map(([id, sentence]) => {
    const names = scenarios.filter(({ proves }) => proves.includes(id)).map(({ name }) => name);
    const list = names.map((name) => `- [${name}](src/${name}.ts)`);
    return [`## ${id}`, `${sentence}.`, ...(list.length === 0 ? [] : [list.join("\n")])].join(
      "\n\n",
    );
  });
  return `${[OPENING, ...sections].join("\n\n")}\n`;
}

if (import.meta.main) writeFileSync(REQUIREMENTS_PAGE, await requirementsPage());
