// The verdict of the rules on a call: an ordered list, in which a negative match beats positive
// ones; and what follows from it with Record From Beginning on and off (R13, R14; design.md §5,
// "Record From Beginning"). Pure.
import type { CallEventKind } from "../association-facts.ts";
import type { CallStep } from "./call-step.ts";
import { missAt, type CallSoFar } from "./evaluate.ts";
import { isPauseRule, type Rule } from "./rule-schema.ts";

/** A rule has matched a call. */
export interface RuleMatch {
  /** Place in the list. */
  readonly order: number;
  readonly title: string;
  readonly kind: Rule["kind"];
  /** false: a negative rule. */
  readonly record: boolean;
  /** At which event of which call. */
  readonly event: CallEventKind;
  readonly eventId: string | null;
  readonly deviceCallId: string;
  readonly atWallMs: number;
}

/** positive and negative: such a rule decided; none: rules there are, but none matched. */
export type Decision = "positive" | "negative" | "none" | "no-rules";

export interface Verdict {
  readonly decision: Decision;
  readonly deciding: RuleMatch | null;
  /** What the rules say of the call as far as it has come. */
  readonly isWanted: boolean;
  /** Nothing that the call may still do can change it. */
  readonly isFinal: boolean;
}

export interface VerdictOptions {
  readonly rules: readonly Rule[];
  readonly recordFromBeginning: boolean;
}

/** The rules that match at this step and are not in `known`. */
export function newMatches(
  rules: readonly Rule[],
  call: CallSoFar,
  at: { readonly index: number; readonly known: readonly RuleMatch[] },
): RuleMatch[] {
  const step = call.steps[at.index];
  if (step === undefined) return [];
  const titles = new Set(at.known.map(({ title }) => title));
  return rules.flatMap((rule, order) => {
    if (isPauseRule(rule) || titles.has(rule.title)) return [];
    if (missAt(rule, call, at.index) !== null) return [];
    return [matchOf(rule, order, step)];
  });
}

/** Every step of a call that is over, in order. */
export function allMatches(rules: readonly Rule[], call: CallSoFar): RuleMatch[] {
  const known: RuleMatch[] = [];
  call.steps.forEach((_, index) => known.push(...newMatches(rules, call, { index, known })));
  return known;
}

function matchOf({ title, kind, record }: Rule, order: number, step: CallStep): RuleMatch {
  const { kind: event, eventId, deviceCallId, atWallMs } = step;
  return { order, title, kind, record, event, eventId, deviceCallId, atWallMs };
}

export function verdictOf(matches: readonly RuleMatch[], options: VerdictOptions): Verdict {
  const { recordFromBeginning } = options;
  const rules = options.rules.filter((rule) => !isPauseRule(rule));
  // "No rules: on keeps everything, off records nothing."
  if (rules.length === 0) {
    const isWanted = recordFromBeginning;
    return { decision: "no-rules", deciding: null, isWanted, isFinal: true };
  }
  const negative = firstOf(matches, false);
  if (negative !== null) {
    return { decision: "negative", deciding: negative, isWanted: false, isFinal: true };
  }
  const mayBeRefused = rules.some(({ record }) => !record);
  const positive = firstOf(matches, true);
  if (positive === null) {
    const isFinal = rules.every(({ record }) => !record);
    return { decision: "none", deciding: null, isWanted: false, isFinal };
  }
  return { decision: "positive", deciding: positive, isWanted: true, isFinal: !mayBeRefused };
}

/** The first in the list's order, not in time: as somebody reads the list. */
function firstOf(matches: readonly RuleMatch[], record: boolean): RuleMatch | null {
  return matches
    .filter((match) => match.record === record)
    .reduce<RuleMatch | null>(
      (first, match) => (first === null || match.order < first.order ? match : first),
      null,
    );
}

/** What becomes of a recording at its end. */
export interface Keeping {
  readonly keep: boolean;
  readonly why: "rule" | "rules-unproven" | null;
}

/**
 * "Discard at the end only if the call was observed without a gap and no positive rule, or a
 * negative one, matched; if the link was down meanwhile, keep (degraded: rules-unproven)."
 * Without Record From Beginning, what a match has begun is kept unless a negative rule matches.
 */
export function keepingOf(
  { decision, isWanted }: Pick<Verdict, "decision" | "isWanted">,
  about: {
    readonly recordFromBeginning: boolean;
    /** The link was up from the beginning of the call to its end. */
    readonly isGapless: boolean;
    /** Asked for because a rule had matched (Record From Beginning off). */
    readonly hasBegunByRule: boolean;
  },
): Keeping {
  if (isWanted) return { keep: true, why: null };
  // No rules and off: there is nothing that a gap could have hidden.
  if (decision === "no-rules") return { keep: false, why: "rule" };
  const { recordFromBeginning, isGapless, hasBegunByRule } = about;
  if (!recordFromBeginning && hasBegunByRule) {
    const keep = decision !== "negative";
    return { keep, why: keep ? null : "rule" };
  }
  return isGapless ? { keep: false, why: "rule" } : { keep: true, why: "rules-unproven" };
}
