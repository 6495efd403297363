// The house is tidy: no finding in the whole checkout. Each rule's own tests are in tidy/.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { formatFinding, tidy } from "../src/tidy/tidy.ts";

test("no file breaks a rule of the house", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const findings = tidy(root).map(formatFinding);
  assert.equal(findings.length, 0, `${findings.length} findings:\n${findings.join("\n")}`);
});
