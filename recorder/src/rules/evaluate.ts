// Does a rule match a call at one of its steps? The seven kinds and what all have in common
// (domain.md, "Rules"; what each looks at is ours and stands in the package's README). Pure:
// the same steps and rules give the same answer, in a live call and in `rules test`.
import type { CallStep, StepFacts } from "./call-step.ts";
import { fitsNumber, fitsPattern } from "./pattern.ts";
import type { Rule, RuleCriteria } from "./rule-schema.ts";
import { isWithinTimes } from "./schedule.ts";
import { drawOf } from "./share.ts";

/** What of a rule a step does not meet; the later in this list, the nearer it came. */
export const MISSES = [
  "subject",
  "point",
  "direction",
  "external-party",
  "times",
  "share",
] as const;
export type Miss = (typeof MISSES)[number];

/** A call as far as it has come: its steps in order of beginning. */
export interface CallSoFar {
  readonly callKey: string;
  readonly steps: readonly CallStep[];
}

/** null = the rule matches at this step. */
export function missAt(rule: Rule, call: CallSoFar, index: number): Miss | null {
  const step = call.steps[index];
  if (step === undefined || !isSubject(rule, step)) return "subject";
  if (rule.kind === "advanced-to-this-point" && !isThePoint(rule, call, index)) return "point";
  if (!isDirection(rule.direction, step)) return "direction";
  const { externalParty } = rule;
  if (externalParty !== undefined && !isExternal(externalParty, step)) return "external-party";
  if (!isWithinTimes(rule.times, rule.timezone, step.atWallMs)) return "times";
  if (rule.share < 100 && drawOf(rule.title, call.callKey) >= rule.share) return "share";
  return null;
}

/** An agent is recorded for what he takes part in, not for what rings. */
const TAKES_PART: ReadonlySet<string> = new Set(["talking", "held", "parked", "conference"]);

function isSubject(rule: Rule, step: CallStep): boolean {
  switch (rule.kind) {
    case "inbound-number":
      return hasNumber(rule.match.numbers, step.dialled);
    case "external-number":
      return hasNumber(
        rule.match.numbers,
        step.external.map(({ number }) => number),
      );
    case "agent":
      return TAKES_PART.has(step.kind) && hasAgent(rule.match.agents, step);
    case "group":
      return hasGroup(rule.match.groups, step);
    case "call-event": {
      const { event, agents, groups } = rule.match;
      return meets({ events: [event], agents, groups }, step);
    }
    case "advanced-event":
      return meets(rule.match, step);
    case "advanced-to-this-point": {
      const last = rule.match.happened.at(-1);
      return last !== undefined && meets(last, step);
    }
  }
}

/** All that comes before the last criterion has happened, in order, and nothing forbidden has. */
function isThePoint(
  { match }: Rule & { readonly kind: "advanced-to-this-point" },
  { steps }: CallSoFar,
  index: number,
): boolean {
  const upTo = steps.slice(0, index + 1);
  if (match.notHappened.some((given) => upTo.some((step) => meets(given, step)))) return false;
  const before = match.happened.slice(0, -1);
  let met = 0;
  for (const step of upTo.slice(0, -1)) {
    const next = before[met];
    if (next !== undefined && meets(next, step)) met += 1;
  }
  return met === before.length;
}

/** Each list is one question: any of its values will do. */
function meets(
  given: { readonly [K in keyof RuleCriteria]: RuleCriteria[K] | undefined },
  step: CallStep,
): boolean {
  const { events, agents, groups, dialledNumbers, externalParties, accountCodes, tags } = given;
  return (
    (events === undefined || events.includes(step.kind)) &&
    (agents === undefined || hasAgent(agents, step)) &&
    (groups === undefined || hasGroup(groups, step)) &&
    (dialledNumbers === undefined || hasNumber(dialledNumbers, step.dialled)) &&
    (externalParties === undefined || isExternal(externalParties, step)) &&
    (accountCodes === undefined || hasWord(accountCodes, [step.accountCode])) &&
    (tags === undefined || hasWord(tags, [step.tag])) &&
    step.durationMs >= (given.atLeastSeconds ?? 0) * 1000
  );
}

/** A call through the PBX, in and out again, is both. */
function isDirection(wanted: Rule["direction"], { direction }: StepFacts): boolean {
  if (wanted === "any" || wanted === direction) return true;
  return direction === "tandem" && (wanted === "inbound" || wanted === "outbound");
}

function isExternal(patterns: readonly string[], { external }: StepFacts): boolean {
  return external.some(
    ({ number, name }) => hasNumber(patterns, [number]) || hasWord(patterns, [name]),
  );
}

function hasAgent(patterns: readonly string[], { agents }: StepFacts): boolean {
  return hasWord(
    patterns,
    agents.flatMap(({ extension, names }) => [extension, ...names]),
  );
}

/** The group that the call came by, or one that an agent on it belongs to. */
function hasGroup(patterns: readonly string[], { groups, agents }: StepFacts): boolean {
  return hasWord(patterns, [...groups, ...agents.flatMap((agent) => agent.groups)]);
}

function hasNumber(patterns: readonly string[], numbers: readonly string[]): boolean {
  return numbers.some((number) => patterns.some((pattern) => fitsNumber(number, pattern)));
}

/** What is not set fits nothing, not even "*". */
function hasWord(patterns: readonly string[], words: readonly string[]): boolean {
  return words.some(
    (word) => word !== "" && patterns.some((pattern) => fitsPattern(word, pattern)),
  );
}

/** How long an event must last for one of the rules, shortest first, in ms. */
export function awaitedDurationsMs(rules: readonly Rule[]): number[] {
  const seconds = rules.flatMap((rule) => {
    if (rule.kind === "advanced-event") return [rule.match.atLeastSeconds ?? 0];
    if (rule.kind !== "advanced-to-this-point") return [];
    return rule.match.happened.map(({ atLeastSeconds }) => atLeastSeconds ?? 0);
  });
  return [...new Set(seconds.filter((one) => one > 0))]
    .sort((one, other) => one - other)
    .map((one) => one * 1000);
}
