// A support bundle as a plan: the people and what they did when, the faults, the site in which that
// is possible, and the parts of the recorder's configuration that decide what is recorded.
import { readRawLog } from "@tapeline/recorder";
import type { SwarmFault, SwarmPlan, SwarmStep } from "@tapeline/simulator/people";
import { parseDocument } from "yaml";
import type { BundleTexts } from "./bundle-files.ts";
import { factsOfJournals, linkLosses } from "./journal-facts.ts";
import { stepsOfRecords, type SiteFacts } from "./record-steps.ts";

export interface ImportedPlan {
  readonly plan: SwarmPlan;
  readonly users: readonly { readonly extension: string; readonly name: string }[];
  readonly groups: readonly {
    readonly number: string;
    readonly name: string;
    readonly members: readonly string[];
    /** Calls wait where nobody is free. */
    readonly queue?: object;
  }[];
  /** One trunk for all, with the numbers that callers dialled. */
  readonly trunks: readonly {
    readonly name: string;
    readonly kind: "sip" | "isdn";
    readonly line: number;
    readonly channels: number;
    readonly ddi: Readonly<Record<string, string>>;
  }[];
  /** Changes to the testbed's configuration. */
  readonly recorder: Readonly<Record<string, unknown>>;
  readonly recordCount: number;
  readonly journalCount: number;
}

/** The story begins so long before the first record. */
const LEAD_MS = 500;
const FIRST_GROUP = 300;
/** Each alias of a configuration may stand for many others. */
const MAXIMUM_ALIASES = 100;

/** null when the bundle tells of no call. */
export function planOfBundle(texts: BundleTexts, seed: string): ImportedPlan | null {
  const { records } = readRawLog(texts.rawLog);
  const first = records.find(({ record }) => record.kind === "Detail");
  if (first === undefined) return null;
  const originMs = first.wallTimeMs - LEAD_MS;
  const recorded = stepsOfRecords(records, originMs);
  const facts = factsOfJournals(texts.journals.values(), originMs);
  const groups = groupsOf(recorded);
  const steps = [...recorded.steps.map((step) => numbered(step, groups)), ...facts.steps];
  const endMs = records.at(-1)?.wallTimeMs ?? originMs;
  const faults = [...facts.faults, ...linkLosses(texts.links, [originMs, endMs])];
  const sorted = steps.toSorted((left, right) => left.atMs - right.atMs);
  return {
    plan: {
      profile: "quiet-site",
      seed,
      people: peopleOf(sorted, recorded.users),
      steps: sorted,
      faults: faults.toSorted((left: SwarmFault, right: SwarmFault) => left.fromMs - right.fromMs),
    },
    users: [...recorded.users]
      .map(([extension, name]) => ({ extension, name: name || `User ${extension}` }))
      .toSorted((left, right) => (left.extension < right.extension ? -1 : 1)),
    groups,
    trunks: [trunkOf(recorded, groups)],
    recorder: recorderChanges(texts.configuration, facts.transport),
    recordCount: records.length,
    journalCount: texts.journals.size,
  };
}

/** Records name a group; people call its number. */
function groupsOf({ groups, queues }: SiteFacts): ImportedPlan["groups"] {
  return [...groups].map(([name, members], index) => ({
    number: /^\d+$/.test(name) ? name : String(FIRST_GROUP + index),
    name,
    members: [...members].toSorted(),
    ...(queues.has(name) ? { queue: {} } : {}),
  }));
}

function trunkOf({ ddi, trunkKind }: SiteFacts, groups: ImportedPlan["groups"]) {
  const leadsTo = (target: string): string =>
    groups.find(({ name }) => name === target)?.number ?? target;
  const numbers = [...ddi].map(([dialled, target]) => [dialled, leadsTo(target)] as const);
  return {
    ...{ name: "Trunk", kind: trunkKind, line: 17, channels: 60 },
    ddi: Object.fromEntries(numbers.toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
}

function numbered(step: SwarmStep, groups: ImportedPlan["groups"]): SwarmStep {
  const group = groups.find(({ name }) => name === step.with);
  return group === undefined ? step : { ...step, with: group.number };
}

function peopleOf(
  steps: readonly SwarmStep[],
  users: ReadonlyMap<string, string>,
): SwarmPlan["people"] {
  const ids = [...new Set(steps.map(({ who }) => who))].toSorted();
  return ids.map((id) => {
    if (id === "supervisor") return { id, kind: "supervisor" };
    return { id, kind: users.has(id) ? "agent" : "caller" };
  });
}

/** Rules, Record From Beginning, agents, transport and pause: what changes what is recorded. */
function recorderChanges(
  configuration: string,
  transport: string | null,
): Readonly<Record<string, unknown>> {
  const written = readConfiguration(configuration);
  const { recorder, rules, pause } = written;
  const chosen = isObject(recorder) ? pick(recorder, ["agents", "recordFromBeginning"]) : {};
  const isOther = transport === "tcp" || transport === "tls";
  return {
    ...(Object.keys(chosen).length === 0 ? {} : { recorder: chosen }),
    ...(Array.isArray(rules) && rules.length > 0 ? { rules } : {}),
    ...(isObject(pause) ? { pause } : {}),
    // The virtual world has no real TLS for SIP; TCP frames the same messages.
    ...(isOther ? { sip: { transports: ["tcp"] } } : {}),
  };
}

/** One that cannot be read says nothing of what was recorded, and the records say the rest. */
function readConfiguration(text: string): Readonly<Record<string, unknown>> {
  const document = parseDocument(text, { logLevel: "silent" });
  if (document.errors.length > 0) return {};
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAXIMUM_ALIASES });
    return isObject(value) ? value : {};
  } catch (error) {
    // What yaml raises for too many aliases, and for one of nothing.
    if (error instanceof ReferenceError) return {};
    throw error;
  }
}

function pick(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
