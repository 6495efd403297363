// Every requirement of the recorder is named by a scenario, and the table says which.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadScenarios, REQUIREMENTS } from "../src/index.ts";
import { REQUIREMENTS_PAGE, requirementsPage } from "./requirements-page.ts";

test("requirements.md is what the scenarios say; if not: npm run requirements", async () => {
  assert.equal(readFileSync(REQUIREMENTS_PAGE, "utf8"), await requirementsPage());
});

test("each of R1 to R25 is named by a scenario", async () => {
  const proved = new Set((await loadScenarios()).flatMap(({ proves }) => proves));
  const ids = Object.keys(REQUIREMENTS).filter((id) => id.startsWith("R"));
  assert.equal(ids.length, 25);
  assert.deepEqual(
    ids.filter((id) => !proved.has(id)),
    [],
  );
});
