// Plays the plan of a swarm: what people do and what goes wrong, each at its time, as far as it is
// possible then; after that everything is healed, everybody hangs up, and one more call shows that
// the recorder does its work again (design.md §4: safety, healing, settling).
import {
  makePlan,
  type SwarmFault,
  type SwarmPlan,
  type SwarmProfile,
} from "@tapeline/simulator/people";
import type { SiteInput } from "@tapeline/simulator/pbx";
import type { ScenarioOptions } from "./scenario.ts";
import type { Story } from "./story.ts";
import { SwarmPeople } from "./swarm-people.ts";
import { SwarmTroubles } from "./swarm-troubles.ts";

/** How often a swarm looks at what situation it is in. */
const LOOK_MS = 250;
/** The call after the healing: its people are nobody else's. */
const LAST_CALLER = "+4930999999";
const LAST_AGENT = "2006";
/** The link may be in its longest pause between two attempts. */
const LINK_LIMIT_SECONDS = 90;

/** The story of a scenario of this profile: the plan of its seed, or one that is given instead. */
export function playSwarm(profile: SwarmProfile, story: Story): Promise<void> {
  return playPlan(story.plan ?? makePlan(profile, story.seed), story);
}

export async function playPlan(plan: SwarmPlan, story: Story): Promise<void> {
  const troubles = new SwarmTroubles(story);
  const people = new SwarmPeople(story, troubles);
  let nowMs = 0;
  for (const { atMs, act } of timeline(plan, story, { people, troubles })) {
    while (nowMs < atMs) {
      const passMs = Math.min(LOOK_MS, atMs - nowMs);
      await story.talk({ seconds: passMs / 1_000 });
      nowMs += passMs;
      await troubles.look(nowMs);
      lookAround(story, people, troubles.inForce(), "since last look");
    }
    await act();
  }
  await troubles.heal();
  await people.hangUpAll(plan);
  await oneMoreCall(story);
}

interface Swarm {
  readonly people: SwarmPeople;
  readonly troubles: SwarmTroubles;
}

interface Moment {
  readonly atMs: number;
  readonly act: () => void | Promise<void>;
}

/** Troubles go before people of the same moment. */
function timeline(plan: SwarmPlan, story: Story, { people, troubles }: Swarm): readonly Moment[] {
  const moments = [
    ...plan.faults.flatMap((fault): Moment[] => [
      { atMs: fault.fromMs, act: () => begin(fault, story, { people, troubles }) },
      { atMs: fault.toMs, act: () => end(fault, story, { people, troubles }) },
    ]),
    ...plan.steps.map((step): Moment => ({ atMs: step.atMs, act: () => people.act(step) })),
  ];
  return moments.toSorted((left, right) => left.atMs - right.atMs);
}

/** What it strikes is what there is before it: a crash ends it. */
function begin(fault: SwarmFault, story: Story, { people, troubles }: Swarm): Promise<void> {
  lookAround(story, people, troubles.inForce(), "since last look");
  lookAround(story, people, [fault.what], "now");
  return troubles.begin(fault);
}

function end(fault: SwarmFault, story: Story, { people, troubles }: Swarm): Promise<void> {
  lookAround(story, people, troubles.inForce(), "since last look");
  return troubles.end(fault);
}

function lookAround(
  story: Story,
  people: SwarmPeople,
  oddities: readonly string[],
  when: "now" | "since last look",
): void {
  const situations = [...story.pbx.situations(when), ...people.situations()];
  for (const oddity of oddities) {
    for (const situation of situations) story.meets(oddity, situation);
  }
}

/** What was healed works: the link is up, a call is recorded from beginning to end. */
async function oneMoreCall(story: Story): Promise<void> {
  const { pbx, recorder } = story;
  story.note("all is healed: one more call");
  await story.until(
    "the link is up again",
    () => pbx.streamingConnections() > 0,
    LINK_LIMIT_SECONDS,
  );
  // The IP Office may count connections of a recorder that lost its power, and refuse a new one.
  await recorder.tellsOfLink({ state: "streaming" }, 0, LINK_LIMIT_SECONDS);
  const caller = story.caller(LAST_CALLER);
  const agent = story.agent(LAST_AGENT);
  await caller.calls(LAST_AGENT);
  await agent.answers();
  await agent.isBeingRecorded();
  await story.talk({ seconds: 1 });
  await caller.hangsUp();
}

/** What all scenarios of a profile have in common; a pinned plan uses it too. */
export function swarmSettings(profile: SwarmProfile) {
  return {
    modes: ["virtual"],
    notElsewhere: "a swarm needs time that costs nothing, and faults of every kind",
    site: {
      users: USERS,
      groups: GROUPS,
      vcm: { channels: CHANNELS[profile] },
    },
    drives: 2,
    swarm: profile,
    ...(profile === "choosy-site" ? { recorder: { rules: RULES } } : {}),
    ...(profile === "stream-sip" ? { recorder: { sip: { transports: ["tcp"] } } } : {}),
    expects: { failedParts: "any", allowsLoss: true },
  } as const satisfies Partial<ScenarioOptions>;
}

/** Everything of a pinned failure but its name: the plan is played whatever the seed. */
export function pinnedPlan(plan: SwarmPlan) {
  return {
    ...swarmSettings(plan.profile),
    seed: plan.seed,
    plan,
    story: (story: Story) => playPlan(story.plan ?? plan, story),
  };
}

/** A plan that was read from a support bundle, in the site that it tells of. */
export function importedPlan(
  plan: SwarmPlan,
  { users, groups = [], trunks }: Required<Pick<SiteInput, "users" | "trunks">> & SiteInput,
) {
  const last = { extension: LAST_AGENT, name: "Frank", appearances: 9 };
  const others = users.filter(({ extension }) => extension !== LAST_AGENT);
  const site = { users: [...others, last], groups, trunks };
  return { ...pinnedPlan(plan), site };
}

/** A busy site is short of VCM channels now and then. */
const CHANNELS: Readonly<Record<SwarmProfile, number>> = {
  "quiet-site": 64,
  "busy-site": 9,
  "choosy-site": 64,
  "stream-sip": 64,
  "bad-network": 64,
  "bad-disk": 64,
  crashy: 64,
  everything: 10,
};

/** Of a choosy site: Record From Beginning is on, so that what is not wanted is discarded. */
const RULES = [
  { title: "Never Grace", kind: "agent", record: false, match: { agents: ["2007"] } },
  {
    title: "Half of the agents",
    kind: "agent",
    match: { agents: ["2001", "2003", "2004", LAST_AGENT, "2009"] },
  },
];

const USERS = [
  { extension: "2001", name: "Alice" },
  { extension: "2002", name: "Bob" },
  { extension: "2003", name: "Carol" },
  { extension: "2004", name: "Dave" },
  { extension: "2005", name: "Erin", kind: "h323" as const },
  { extension: "2006", name: "Frank", kind: "h323" as const, appearances: 9 },
  { extension: "2007", name: "Grace", kind: "sip" as const },
  { extension: "2008", name: "Heidi", kind: "sip" as const, voicemailSeconds: 2 },
  { extension: "2009", name: "Ivan", voicemailSeconds: 2 },
  { extension: "2010", name: "Judy", voicemailSeconds: 3 },
];

/** Of one member each: whoever comes second waits in the queue. */
const GROUPS = [
  {
    number: "300",
    name: "Sales",
    members: ["2001"],
    queue: { announcementSeconds: 2, skilled: true },
    overflow: { seconds: 4, to: "301" },
  },
  {
    number: "301",
    name: "Support",
    members: ["2004"],
    ring: "sequential" as const,
    ringSeconds: 2,
    queue: { announcementSeconds: null, skilled: false },
    voicemailSeconds: 6,
  },
];
