// Rules that come from elsewhere than the configuration's file (API, console, rules.json): the same
// schema, the same words for what is wrong. Pure.
import { plainIssues, problemsOf, wording, type ConfigProblem } from "./config-problems.ts";
import { ofEveryKind, RULE_KINDS, rulesSchema, type Rule } from "./rules/rule-schema.ts";

export type RulesResult =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Every problem at once, with paths like "rules[2].match.numbers". Never throws. */
export function checkRules(value: unknown): RulesResult {
  const result = rulesSchema.safeParse(value, { error: wording });
  if (result.success) return { ok: true, rules: result.data };
  const issues = result.error.issues.flatMap((issue) => plainIssues(issue, ["rules"]));
  return {
    ok: false,
    problems: [...issues.flatMap(problemsOf), ...ruleProblems({ rules: value })],
  };
}

/** Of rules without a kind, which the schema looks at no further: what all kinds have. */
export function ruleProblems(config: unknown): ConfigProblem[] {
  if (typeof config !== "object" || config === null || !("rules" in config)) return [];
  const rules: readonly unknown[] = Array.isArray(config.rules) ? config.rules : [];
  return rules.flatMap((rule, index) => {
    if (typeof rule !== "object" || rule === null || hasKind(rule)) return [];
    const result = ofEveryKind.safeParse(rule, { error: wording });
    const issues = result.error?.issues ?? [];
    return issues.flatMap((issue) => plainIssues(issue, ["rules", index])).flatMap(problemsOf);
  });
}

function hasKind(rule: object): boolean {
  return "kind" in rule && RULE_KINDS.some((kind) => kind === rule.kind);
}
