// Rules that come from elsewhere than the configuration's file (API, console, rules.json): the same
// schema, the same words for what is wrong. Pure.
import { plainIssues, problemsOf, wording, type ConfigProblem } from "./config-problems.ts";
import { rulesSchema, type Rule } from "./rules/rule-schema.ts";

export type RulesResult =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Every problem at once, with paths like "rules[2].match.numbers". Never throws. */
export function checkRules(value: unknown): RulesResult {
  const result = rulesSchema.safeParse(value, { error: wording });
  if (result.success) return { ok: true, rules: result.data };
  const issues = result.error.issues.flatMap((issue) => plainIssues(issue, ["rules"]));
  return { ok: false, problems: issues.flatMap(problemsOf) };
}
