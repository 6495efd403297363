// Every requirement of the recorder is named by a scenario, and the table says which.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadScenarios, REQUIREMENTS } from "../src/index.ts";
import { REQUIREMENTS_PAGE, requirementsPage } from "./requirements-page.ts";

test("requirements.md is what the scenarios say; if not: npm run requirements", async () => {
  assert.equal(readFileSync(REQUIREMENTS_PAGE, "utf8"), await requirementsPage());
});

test("each of R1 to R25, T1, T2 and T4 is named by a scenario; T3 is `testbed validate`", async () => {
  const proved = new Set((await loadScenarios()).flatMap(({ proves }) => proves));
  const ids = Object.keys(REQUIREMENTS).filter((id) => id !== "T3");
  assert.equal(ids.length, 28);
  assert.deepEqual(
    ids.filter((id) => !proved.has(id)),
    [],
  );
});
