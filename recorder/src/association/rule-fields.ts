// What the row of a call says of the rules: which decided, or why none; and the call's events with
// all that rules look at, so that `rules test` can judge it again by other rules. Pure, both ways.
import type { CallEventKind } from "../association-facts.ts";
import type { CallStep, ExternalParty, StepAgent } from "../rules/call-step.ts";
import type { RuleMatch, Verdict } from "../rules/verdict.ts";

/** What the rules know of a conversation when its row is written. */
export interface RuleReport {
  readonly verdict: Verdict;
  readonly matches: readonly RuleMatch[];
  readonly steps: readonly CallStep[];
  readonly recordFromBeginning: boolean;
  /** The link was up from the beginning of the call to its end. */
  readonly isGapless: boolean;
}

/** `hasParts`: an agent was on the call, and a recording of it was begun or tried. */
export function ruleFields(report: RuleReport, hasParts: boolean): Record<string, unknown> {
  const { verdict, matches, steps, recordFromBeginning, isGapless } = report;
  const { decision, deciding } = verdict;
  const isUnproven =
    recordFromBeginning && hasParts && !isGapless && !verdict.isWanted && decision !== "no-rules";
  // What a match has begun stays wanted, unless a negative rule matched.
  const isBegunByRule = !recordFromBeginning && decision !== "negative";
  return {
    wanted: hasParts && (verdict.isWanted || isUnproven || isBegunByRule),
    rule: deciding?.title ?? null,
    ...(deciding === null ? {} : { ruleKind: deciding.kind }),
    ruleDecision: isUnproven ? "unproven" : decision,
    recordFromBeginning,
    ...(matches.length === 0 ? {} : { rules: matches.map(matchField) }),
    events: steps.map(eventField),
  };
}

/** As in the journal's `rule` line. */
function matchField({ title, kind, record, event, eventId, deviceCallId, atWallMs }: RuleMatch) {
  return { title, kind, record, event, eventId, deviceCallId, at: isoTime(atWallMs) };
}

function eventField(step: CallStep) {
  const { accountCode, tag } = step;
  return {
    kind: step.kind,
    eventId: step.eventId,
    deviceCallId: step.deviceCallId,
    at: isoTime(step.atWallMs),
    durationMs: Math.round(step.durationMs),
    direction: step.direction,
    agents: step.agents,
    groups: step.groups,
    dialled: step.dialled,
    external: step.external,
    ...(accountCode === "" ? {} : { accountCode }),
    ...(tag === "" ? {} : { tag }),
  };
}

/** The steps of a row of calls.jsonl; null when it has none (an older version wrote it). */
export function stepsOfRow(row: Readonly<Record<string, unknown>>): CallStep[] | null {
  const { events } = row;
  return Array.isArray(events) ? events.flatMap((event: unknown) => stepOfField(event)) : null;
}

function stepOfField(field: unknown): CallStep[] {
  if (!isObject(field)) return [];
  const kind = KINDS.find((one) => one === field["kind"]);
  const direction = DIRECTIONS.find((one) => one === field["direction"]);
  const atWallMs = Date.parse(text(field["at"]));
  if (kind === undefined || direction === undefined || Number.isNaN(atWallMs)) return [];
  const { durationMs, eventId } = field;
  return [
    {
      kind,
      direction,
      atWallMs,
      durationMs: typeof durationMs === "number" ? durationMs : 0,
      eventId: typeof eventId === "string" ? eventId : null,
      deviceCallId: text(field["deviceCallId"]),
      agents: objects(field["agents"]).map(agentOf),
      groups: texts(field["groups"]),
      dialled: texts(field["dialled"]),
      external: objects(field["external"]).map(externalOf),
      accountCode: text(field["accountCode"]),
      tag: text(field["tag"]),
    },
  ];
}

const KINDS: readonly CallEventKind[] = [
  "ringing",
  "queued",
  "talking",
  "held",
  "parked",
  "conference",
  "voicemail",
  "transferred",
];
const DIRECTIONS = ["inbound", "outbound", "tandem", "internal"] as const;

function agentOf({ extension, names, groups }: Readonly<Record<string, unknown>>): StepAgent {
  return { extension: text(extension), names: texts(names), groups: texts(groups) };
}

function externalOf({ number, name }: Readonly<Record<string, unknown>>): ExternalParty {
  return { number: text(number), name: text(name) };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function objects(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
