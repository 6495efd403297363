// A rule while somebody edits it: every field as the form has it, and back to the document that the
// recorder checks. Pure. What a rule may hold says recorder/src/rules/rule-schema.ts.
import type { RuleDocument } from "../api/admin-types.ts";

export const KINDS = {
  "inbound-number": "Number dialled by the caller",
  "external-number": "Number of the other side",
  agent: "Agent",
  group: "Group",
  "call-event": "Call event of an agent or group",
  "advanced-event": "Call event, in detail",
  "advanced-to-this-point": "Everything up to a call event",
} as const;
export type Kind = keyof typeof KINDS;

export const EVENTS = [
  "ringing",
  "queued",
  "talking",
  "held",
  "parked",
  "conference",
  "voicemail",
  "transferred",
] as const;

export const DIRECTIONS = ["any", "inbound", "outbound", "internal", "tandem"] as const;
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** What a matching call gets. */
export type Effect = "record" | "dont-record" | "pause";

/** Lists are texts with commas, as people type them. */
export interface Criteria {
  readonly events: readonly string[];
  readonly agents: string;
  readonly groups: string;
  readonly dialledNumbers: string;
  readonly externalParties: string;
  readonly accountCodes: string;
  readonly tags: string;
  readonly atLeastSeconds: string;
}

export interface Times {
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}

export interface RuleForm {
  readonly title: string;
  readonly kind: Kind;
  readonly effect: Effect;
  readonly share: string;
  readonly direction: string;
  readonly externalParty: string;
  readonly numbers: string;
  readonly agents: string;
  readonly groups: string;
  readonly event: string;
  readonly criteria: Criteria;
  readonly happened: readonly Criteria[];
  readonly notHappened: readonly Criteria[];
  readonly times: readonly Times[];
  readonly timezone: string;
}

export const NO_CRITERIA: Criteria = {
  ...{ events: [], agents: "", groups: "", dialledNumbers: "", externalParties: "" },
  ...{ accountCodes: "", tags: "", atLeastSeconds: "" },
};

/** A new rule; times count in the viewer's zone. */
export function newForm(): RuleForm {
  return {
    ...{ title: "", kind: "agent", effect: "record", share: "100", direction: "any" },
    ...{ externalParty: "", numbers: "", agents: "", groups: "", event: "talking" },
    ...{ criteria: NO_CRITERIA, happened: [NO_CRITERIA], notHappened: [], times: [] },
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

type Fields = Readonly<Record<string, unknown>>;

export function formOf(rule: RuleDocument): RuleForm {
  const blank = newForm();
  const match = fieldsOf(rule["match"]);
  const kind = rule.kind in KINDS ? (rule.kind as Kind) : blank.kind;
  const isPause = rule["action"] === "pause";
  return {
    ...blank,
    title: rule.title,
    kind,
    effect: isPause ? "pause" : rule.record ? "record" : "dont-record",
    share: textOf(rule["share"], "100"),
    direction: textOf(rule["direction"], "any"),
    externalParty: listText(rule["externalParty"]),
    numbers: listText(match["numbers"]),
    agents: listText(match["agents"]),
    groups: listText(match["groups"]),
    event: textOf(match["event"], "talking"),
    criteria: criteriaOf(match),
    happened: manyOf(match["happened"]).map(criteriaOf),
    notHappened: manyOf(match["notHappened"]).map(criteriaOf),
    times: manyOf(rule["times"]).map((span) => ({
      days: wordsOf(span["days"]),
      from: textOf(span["from"], "00:00"),
      to: textOf(span["to"], "24:00"),
    })),
    timezone: textOf(rule["timezone"], "UTC"),
  };
}

/** The document; what is empty is left out, so that the recorder says what is missing. */
export function documentOf(form: RuleForm): RuleDocument {
  const { title, kind, effect, share, direction, externalParty, times, timezone } = form;
  const parties = listOf(externalParty);
  return {
    ...{ title: title.trim(), kind, record: effect !== "dont-record" },
    action: effect === "pause" ? "pause" : "record",
    share: Number(share),
    direction,
    ...(parties.length === 0 ? {} : { externalParty: parties }),
    match: matchOf(form),
    times,
    timezone,
  };
}

function matchOf(form: RuleForm): Fields {
  const lists = given({ agents: listOf(form.agents), groups: listOf(form.groups) });
  switch (form.kind) {
    case "inbound-number":
    case "external-number":
      return { numbers: listOf(form.numbers) };
    case "agent":
      return { agents: listOf(form.agents) };
    case "group":
      return { groups: listOf(form.groups) };
    case "call-event":
      return { event: form.event, ...lists };
    case "advanced-event":
      return criteriaDocument(form.criteria);
    case "advanced-to-this-point":
      return {
        happened: form.happened.map(criteriaDocument),
        notHappened: form.notHappened.map(criteriaDocument),
      };
  }
}

function criteriaDocument({ events, atLeastSeconds, ...texts }: Criteria): Fields {
  const lists = Object.entries(texts).map(([name, text]) => [name, listOf(text)] as const);
  return {
    ...given({ events, ...Object.fromEntries(lists) }),
    ...(atLeastSeconds.trim() === "" ? {} : { atLeastSeconds: Number(atLeastSeconds) }),
  };
}

function criteriaOf(match: Fields): Criteria {
  return {
    events: wordsOf(match["events"]),
    agents: listText(match["agents"]),
    groups: listText(match["groups"]),
    dialledNumbers: listText(match["dialledNumbers"]),
    externalParties: listText(match["externalParties"]),
    accountCodes: listText(match["accountCodes"]),
    tags: listText(match["tags"]),
    atLeastSeconds: textOf(match["atLeastSeconds"], ""),
  };
}

function given(lists: Readonly<Record<string, readonly string[]>>): Fields {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

export function listOf(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function listText(value: unknown): string {
  return wordsOf(value).join(", ");
}

function wordsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function manyOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : otherwise;
}
