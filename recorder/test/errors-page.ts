// errors.md is generated from the tables in errors.ts and outcome.ts, so that page and program
// cannot drift apart. `node recorder/test/errors-page.ts` writes it; errors.test.ts compares.
import { writeFileSync } from "node:fs";
import { ERRORS } from "../src/errors.ts";
import { WHYS } from "../src/outcome.ts";

/** Where the page lies. */
export const ERRORS_PAGE = new URL("../errors.md", import.meta.url);

const OPENING = `# Errors and outcomes

Generated from \`src/errors.ts\` and \`src/outcome.ts\` by \`npm run errors\`; do not edit. A code is
never reused or renamed. Logs, \`/readyz\`, \`check-config\` and the API carry these codes.

## Error codes

What goes wrong in operation: the code, what it means, and what to do.`;

const OUTCOMES = `## Why a recording is not "ok"

Every wanted recording ends with an outcome, and every outcome but \`ok\` with one of these words as
its \`why\` (journal, catalog, \`calls.jsonl\`). Words in braces are filled in.`;

/** The page's text. */
export function errorsPage(): string {
  const codes = Object.entries(ERRORS).map(
    ([code, { meaning, remedy }]) => `### ${code}\n\n${meaning} **Remedy:** ${remedy}`,
  );
  const whys = Object.entries(WHYS).map(
    ([why, { outcome, sentence, remedy }]) =>
      `### ${outcome}: ${why}\n\n${sentence} **Remedy:** ${remedy}`,
  );
  return `${[OPENING, ...codes, OUTCOMES, ...whys].join("\n\n")}\n`;
}

if (import.meta.main) writeFileSync(ERRORS_PAGE, errorsPage());
