// What a rule is (formats.md, "Site and rule"; domain.md, "Rules"): title, one of seven kinds,
// positive or negative, share, direction, external party, times. The precedence and the fields of
// `match` are ours. Used by the configuration and by rules.json.
import { z } from "zod";
import { because } from "../schema-words.ts";

/** Rules in one list. */
export const MAXIMUM_RULES = 500;
/** Values in one list of a rule: numbers, agents, times. */
export const MAXIMUM_RULE_VALUES = 1_000;
const MAXIMUM_TITLE_CHARACTERS = 120;
const MAXIMUM_VALUE_CHARACTERS = 128;
/** Events that "to this point" names in order. */
const MAXIMUM_HAPPENED = 20;

export const RULE_KINDS = [
  "inbound-number",
  "external-number",
  "agent",
  "group",
  "call-event",
  "advanced-event",
  "advanced-to-this-point",
] as const;

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const EVENT_KINDS = [
  "ringing",
  "queued",
  "talking",
  "held",
  "parked",
  "conference",
  "voicemail",
  "transferred",
] as const;

const word = z.union(
  [
    z
      .string()
      .min(1, because("is empty", "Give a value."))
      .max(MAXIMUM_VALUE_CHARACTERS, because("is too long", "Use at most 128 characters.")),
    z.int().min(0).transform(String),
  ],
  { error: () => because("is not a text", "Give a text; put a number in quotes.") },
);

const words = z
  .array(word, { error: () => because("is not a list", "Write a list: [a, b].") })
  .min(1, because("is empty", "Name at least one."))
  .max(MAXIMUM_RULE_VALUES, because("is too long", `Name at most ${MAXIMUM_RULE_VALUES}.`));

const eventKind = z.enum(EVENT_KINDS, {
  error: () => because("is not a call event", `Use one of ${EVENT_KINDS.join(", ")}.`),
});

const clock = z
  .string({ error: () => because("is not a time", 'Write it in quotes, like "08:30".') })
  .regex(
    /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/,
    because("is not a time", 'Write it in quotes, like "08:30".'),
  );

const span = z
  .strictObject({
    /** On which days it begins; none named: every day. */
    days: z
      .array(
        z.enum(WEEKDAYS, {
          error: () => because("is not a day of the week", `Use ${WEEKDAYS.join(", ")}.`),
        }),
      )
      .min(1, because("is empty", "Name at least one day, or leave it out."))
      .default([...WEEKDAYS]),
    from: clock.default("00:00"),
    /** Not included; before `from`, it is on the next day. */
    to: clock.default("24:00"),
  })
  .refine(({ from, to }) => from !== to, because("begins when it ends", "Give another time."));

const timezone = z
  .string()
  .refine(
    (zone) => isTimeZone(zone),
    because("is not a time zone", "Use a name like Europe/Berlin, or UTC."),
  );

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What must be true of one call event; what is not named does not matter. */
const criteria = z
  .strictObject({
    events: z.array(eventKind).min(1, because("is empty", "Name at least one.")).optional(),
    agents: words.optional(),
    groups: words.optional(),
    dialledNumbers: words.optional(),
    externalParties: words.optional(),
    accountCodes: words.optional(),
    tags: words.optional(),
    atLeastSeconds: z.number().min(0).max(86_400).optional(),
  })
  .refine(
    (given) => Object.values(given).some((value) => value !== undefined),
    because("says nothing", "Name what must be true of the event."),
  );

const common = {
  title: z
    .string({ error: () => because("is not a text", "Give the rule a title.") })
    .trim()
    .min(1, because("is empty", "Give the rule a title."))
    .max(MAXIMUM_TITLE_CHARACTERS, because("is too long", "Use at most 120 characters.")),
  /** false: "don't record"; beats every positive rule. */
  record: z.boolean().default(true),
  /**
   * pause: the rule says nothing of whether a call is recorded; while an event goes on at which it
   * matches, the recordings of that call are paused (R21).
   */
  action: z.enum(["record", "pause"]).default("record"),
  /** Percent of the calls that meet the rule. */
  share: z.number().min(0).max(100).default(100),
  direction: z.enum(["any", "inbound", "outbound", "internal", "tandem"]).default("any"),
  /** Numbers or names of the other side; patterns with * and ?. */
  externalParty: words.optional(),
  /** One of them must hold at the beginning of the event; none: always. */
  times: z
    .array(span)
    .max(MAXIMUM_RULE_VALUES, because("is too long", `Give at most ${MAXIMUM_RULE_VALUES}.`))
    .default([]),
  timezone: timezone.default("UTC"),
};

const byEvent = z
  .strictObject({
    event: eventKind.default("talking"),
    agents: words.optional(),
    groups: words.optional(),
  })
  .refine(
    ({ agents, groups }) => agents !== undefined || groups !== undefined,
    because("names neither agents nor groups", "Name at least one of them."),
  );

const toThisPoint = z.strictObject({
  /** In this order, each by an event of its own; the last one is the point. */
  happened: z
    .array(criteria)
    .min(1, because("is empty", "Name at least one event."))
    .max(MAXIMUM_HAPPENED, because("is too long", `Name at most ${MAXIMUM_HAPPENED} events.`)),
  /** None of these up to the point. */
  notHappened: z
    .array(criteria)
    .max(MAXIMUM_HAPPENED, because("is too long", `Name at most ${MAXIMUM_HAPPENED} events.`))
    .default([]),
});

const numbers = z.strictObject({ numbers: words });

export const ruleSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ ...common, kind: z.literal("inbound-number"), match: numbers }),
    z.strictObject({ ...common, kind: z.literal("external-number"), match: numbers }),
    z.strictObject({
      ...common,
      kind: z.literal("agent"),
      match: z.strictObject({ agents: words }),
    }),
    z.strictObject({
      ...common,
      kind: z.literal("group"),
      match: z.strictObject({ groups: words }),
    }),
    z.strictObject({ ...common, kind: z.literal("call-event"), match: byEvent }),
    z.strictObject({ ...common, kind: z.literal("advanced-event"), match: criteria }),
    z.strictObject({ ...common, kind: z.literal("advanced-to-this-point"), match: toThisPoint }),
  ],
  { error: () => because("is not a kind of rule", `Use one of ${RULE_KINDS.join(", ")}.`) },
);

/** What can be said of a rule whose kind is none: `match` may be that of any. */
export const ofEveryKind = z.strictObject({
  ...common,
  kind: z.unknown().optional(),
  match: z.record(z.string(), z.unknown()),
});

/** In order: the first that matches decides among those of its sort. Titles differ. */
export const rulesSchema = z
  .array(ruleSchema, { error: () => because("is not a list", "Write a list of rules.") })
  .max(MAXIMUM_RULES, because("has too many rules", `Use at most ${MAXIMUM_RULES}.`))
  .superRefine((rules, context) => {
    const seen = new Set<string>();
    rules.forEach(({ title }, index) => {
      if (seen.has(title)) {
        const message = because(`"${title}" is the title of another rule`, "Titles must differ.");
        context.addIssue({ code: "custom", path: [index, "title"], message });
      }
      seen.add(title);
    });
  });

export type Rule = z.output<typeof ruleSchema>;
export type RuleKind = Rule["kind"];

/** It pauses, and has no say in what is recorded. */
export function isPauseRule({ action }: Pick<Rule, "action">): boolean {
  return action === "pause";
}

export type RuleCriteria = z.output<typeof criteria>;
export type TimeSpan = z.output<typeof span>;
