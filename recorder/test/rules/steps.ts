// Builders for what rules look at: every field has a default.
import assert from "node:assert/strict";
import { checkRules } from "../../src/config-rules.ts";
import type { CallStep } from "../../src/rules/call-step.ts";
import type { Rule } from "../../src/rules/rule-schema.ts";

export const CALL_KEY = "c0a80a01-31-1767600000000";
/** Monday, 5 January 2026, 08:00 UTC. */
export const MONDAY_MS = Date.UTC(2026, 0, 5, 8);

/** Alice talks to somebody who has called 5550100 from outside. */
export function step(set: Partial<CallStep> = {}): CallStep {
  return {
    kind: "talking",
    direction: "inbound",
    agents: [{ extension: "2001", names: ["Alice", "Alice Archer"], groups: [] }],
    groups: ["300"],
    dialled: ["5550100"],
    external: [{ number: "+4930123456", name: "Acme" }],
    accountCode: "",
    tag: "",
    deviceCallId: "c0a80a01-31",
    eventId: "c0a80a01-31-2",
    atWallMs: MONDAY_MS,
    durationMs: 10_000,
    ...set,
  };
}

/** As it stands in the configuration. */
export function rulesOf(...given: readonly object[]): readonly Rule[] {
  const checked = checkRules(given);
  assert.ok(checked.ok, checked.ok ? "" : JSON.stringify(checked.problems));
  return checked.rules;
}

export function ruleOf(given: object): Rule {
  const [rule] = rulesOf({ title: "it", ...given });
  assert.ok(rule !== undefined);
  return rule;
}
