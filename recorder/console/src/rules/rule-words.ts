// A rule in one sentence: what must be true of a call for it to match. Pure.
import type { RuleDocument } from "../api/admin-types.ts";
import { formOf, type Criteria, type RuleForm } from "./rule-draft.ts";

/** "Calls of agents 201, 202, inbound, 50 % of them, at certain times." */
export function ruleSentence(rule: RuleDocument): string {
  const form = formOf(rule);
  const parts = [
    subject(form),
    form.direction === "any" ? "" : form.direction,
    form.externalParty === "" ? "" : `with ${form.externalParty}`,
    form.share === "100" ? "" : `${form.share} % of them`,
    form.times.length === 0 ? "" : timesText(form),
  ];
  return `${parts.filter((part) => part !== "").join(", ")}.`;
}

function subject(form: RuleForm): string {
  switch (form.kind) {
    case "inbound-number":
      return `Calls to ${form.numbers}`;
    case "external-number":
      return `Calls from or to ${form.numbers}`;
    case "agent":
      return `Calls of ${form.agents}`;
    case "group":
      return `Calls of group ${form.groups}`;
    case "call-event":
      return `Calls in which ${whoOf(form)} is ${form.event}`;
    case "advanced-event":
      return `Calls with an event where ${criteriaText(form.criteria)}`;
    case "advanced-to-this-point": {
      const before = form.happened.map(criteriaText).join(", then ");
      const never = form.notHappened.map(criteriaText).join(", nor ");
      return `Calls up to the point: ${before}${never === "" ? "" : `, and never ${never}`}`;
    }
  }
}

function whoOf({ agents, groups }: RuleForm): string {
  const who = [agents, groups === "" ? "" : `group ${groups}`];
  return who.filter((one) => one !== "").join(" of ");
}

const CRITERIA_WORDS: Readonly<Record<Exclude<keyof Criteria, "events">, string>> = {
  agents: "agent",
  groups: "group",
  dialledNumbers: "dialled",
  externalParties: "other side",
  accountCodes: "account code",
  tags: "tag",
  atLeastSeconds: "at least seconds",
};

function criteriaText(criteria: Criteria): string {
  const { events } = criteria;
  const named = Object.entries(CRITERIA_WORDS).flatMap(([name, word]) => {
    const value = criteria[name as keyof typeof CRITERIA_WORDS];
    return value === "" ? [] : [`${word} ${value}`];
  });
  const parts = [...(events.length === 0 ? [] : [events.join(" or ")]), ...named];
  return parts.length === 0 ? "anything" : parts.join(" and ");
}

const ALL_DAYS = 7;

function timesText({ times, timezone }: RuleForm): string {
  const spans = times.map(({ days, from, to }) => {
    const named = days.length === 0 || days.length === ALL_DAYS ? "daily" : days.join(" ");
    return `${named} ${from}–${to}`;
  });
  return `${spans.join(" or ")} (${timezone})`;
}
