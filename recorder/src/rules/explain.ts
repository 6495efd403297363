// Why a past call would be recorded or not: for each rule what it matched or what it lacked, in
// words. For `rules test`; the verdict is the one of live calls. Pure.
import type { CallStep } from "./call-step.ts";
import { missAt, MISSES, type Miss } from "./evaluate.ts";
import { isPauseRule, type Rule } from "./rule-schema.ts";
import { drawOf } from "./share.ts";
import { allMatches, verdictOf, type Decision, type VerdictOptions } from "./verdict.ts";

export interface PastCall {
  readonly callKey: string;
  readonly startedAt: string;
  readonly direction: string | null;
  readonly parties: readonly string[];
  readonly steps: readonly CallStep[];
}

export interface RuleExplanation {
  readonly title: string;
  readonly kind: string;
  readonly record: boolean;
  readonly matched: boolean;
  /** "at talking, 2026-01-05T08:00:03.036Z", or what was missing. */
  readonly because: string;
}

export interface CallExplanation {
  readonly callKey: string;
  readonly startedAt: string;
  readonly direction: string | null;
  readonly parties: readonly string[];
  readonly wouldRecord: boolean;
  readonly decision: Decision;
  /** Title of the deciding rule. */
  readonly rule: string | null;
  readonly because: string;
  readonly rules: readonly RuleExplanation[];
}

export function explainCall(call: PastCall, options: VerdictOptions): CallExplanation {
  const { callKey, startedAt, direction, parties } = call;
  const matches = allMatches(options.rules, call);
  const { decision, deciding, isWanted } = verdictOf(matches, options);
  const rules = options.rules.map((rule): RuleExplanation => {
    const { title, kind, record } = rule;
    const match = matches.find((one) => one.title === title);
    const because =
      match === undefined
        ? missText(rule, call)
        : `matches at ${match.event}, ${new Date(match.atWallMs).toISOString()}`;
    return { title, kind, record, matched: match !== undefined, because };
  });
  return {
    callKey,
    startedAt,
    direction,
    parties,
    wouldRecord: isWanted,
    decision,
    rule: deciding?.title ?? null,
    because: decisionText(decision, { title: deciding?.title ?? "", isWanted }),
    rules,
  };
}

function decisionText(
  decision: Decision,
  { title, isWanted }: { readonly title: string; readonly isWanted: boolean },
): string {
  switch (decision) {
    case "positive":
      return `the rule "${title}" wants it`;
    case "negative":
      return `the negative rule "${title}" refuses it`;
    case "none":
      return "no rule matches";
    case "no-rules":
      return isWanted
        ? "there are no rules, and Record From Beginning keeps everything"
        : "there are no rules, and Record From Beginning is off";
  }
}

/** Of all events the one that came nearest. */
function missText(rule: Rule, call: PastCall): string {
  if (isPauseRule(rule)) return "it pauses, and does not say what is recorded";
  const ranks = call.steps.map((_, index) => {
    const miss = missAt(rule, call, index);
    return miss === null ? 0 : MISSES.indexOf(miss);
  });
  const miss = MISSES[Math.max(0, ...ranks)] ?? "subject";
  if (miss !== "share") return MISS_TEXT[miss];
  const draw = drawOf(rule.title, call.callKey).toFixed(1);
  return `it is outside the share: this call draws ${draw}, recorded are those below ${rule.share}`;
}

const MISS_TEXT: Readonly<Record<Exclude<Miss, "share">, string>> = {
  subject: "no event of the call is what it asks for",
  point: "what should have happened before did not, or what should not did",
  direction: "the direction is another",
  "external-party": "the external party is another",
  times: "the event was outside its times",
};
