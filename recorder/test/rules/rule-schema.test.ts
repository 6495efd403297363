// What is said of rules that cannot be used: in words, with what would be right.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRules } from "../../src/config-rules.ts";
import { RULE_KINDS } from "../../src/rules/rule-schema.ts";

for (const kind of ["agents", undefined, 3]) {
  test(`a rule of the kind ${kind} is told which kinds there are`, () => {
    const checked = checkRules([{ title: "all", kind, match: {} }]);
    assert.deepEqual(checked.ok ? [] : checked.problems, [
      {
        path: "rules[0].kind",
        detail: "is not a kind of rule",
        remedy: `Use one of ${RULE_KINDS.join(", ")}.`,
      },
    ]);
  });
}
