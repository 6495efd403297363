// Makes the plan of a swarm run: calls that come one over the other, each with what may become of a
// call, beside the troubles of the profile. Pure: profile and seed say all.
import type { SeededRandom } from "../world/contract.ts";
import { seededRandom } from "../world/seeded-random.ts";
import { AIMS, CallLine, type Aim, type Span } from "./call-line.ts";
import { NOT_TOGETHER, ODDITIES, type SwarmOddity } from "./swarm-oddities.ts";
import {
  SUPERVISOR,
  type SwarmFault,
  type SwarmPerson,
  type SwarmPlan,
  type SwarmProfile,
  type SwarmValue,
} from "./swarm-plan.ts";

interface Bustle {
  readonly calls: readonly [minimum: number, maximum: number];
  /** The calls begin within this. */
  readonly withinMs: number;
  readonly faults: readonly [minimum: number, maximum: number];
}

const BUSTLE: Readonly<Record<SwarmProfile, Bustle>> = {
  "quiet-site": { calls: [1, 2], withinMs: 3_000, faults: [0, 0] },
  "busy-site": { calls: [4, 6], withinMs: 8_000, faults: [0, 0] },
  "choosy-site": { calls: [1, 3], withinMs: 4_000, faults: [1, 3] },
  "stream-sip": { calls: [1, 3], withinMs: 4_000, faults: [1, 4] },
  "bad-network": { calls: [1, 3], withinMs: 4_000, faults: [2, 6] },
  "bad-disk": { calls: [1, 3], withinMs: 4_000, faults: [1, 4] },
  crashy: { calls: [1, 3], withinMs: 4_000, faults: [1, 3] },
  everything: { calls: [1, 4], withinMs: 4_000, faults: [3, 8] },
};
/** Of the troubles so many are aimed at a situation that the plan should lead to. */
const AIMED_SHARE = 0.85;
/** Who waits in a queue waits behind somebody. */
const BEHIND_MS = 1_500;

export function makePlan(profile: SwarmProfile, seed: string): SwarmPlan {
  const bustle = BUSTLE[profile];
  const people = seededRandom(seed, `swarm people ${profile}`);
  const lines = drawLines(profile, seed, people);
  const steps = lines
    .flatMap((line) => line.steps())
    .toSorted((left, right) => left.atMs - right.atMs);
  const spans = lines.flatMap((line) => line.spans);
  const endMs = (steps.at(-1)?.atMs ?? 0) + 500;
  const troubles = seededRandom(seed, `swarm faults ${profile}`);
  const count = troubles.integer(...bustle.faults);
  const faults = drawFaults(ODDITIES[profile], { random: troubles, count, endMs, spans });
  return { profile, seed, people: peopleOf(steps), steps, faults };
}

/** Beside what happens by chance a plan leads to one situation, that the rare ones be met too. */
function drawLines(profile: SwarmProfile, seed: string, people: SeededRandom): readonly CallLine[] {
  const { calls, withinMs } = BUSTLE[profile];
  const aim: Aim = AIMS[people.integer(0, AIMS.length - 1)] ?? "held";
  const count = Math.max(people.integer(...calls), aim === "queued" ? 2 : 1);
  const firstMs = people.integer(200, withinMs);
  return Array.from({ length: count }, (_, index) => {
    const random = seededRandom(seed, `swarm call ${profile} ${index}`);
    const isAimed = index === 0 || (aim === "queued" && index === 1);
    const laterMs = people.integer(0, index === 1 && isAimed ? BEHIND_MS : withinMs);
    const beginsMs = index === 0 ? firstMs : isAimed ? firstMs + laterMs : 200 + laterMs;
    return new CallLine(random, { index, beginsMs, aim: isAimed ? aim : null });
  });
}

function peopleOf(steps: SwarmPlan["steps"]): readonly SwarmPerson[] {
  const ids = [...new Set(steps.map(({ who }) => who))].toSorted();
  return ids.map((id) => ({ id, kind: kindOf(id) }));
}

function kindOf(id: string): SwarmPerson["kind"] {
  if (id === SUPERVISOR) return "supervisor";
  return id.startsWith("+") || id.length > 4 ? "caller" : "agent";
}

/** Each oddity at most once in a plan: two of the same would only hide one another. */
function drawFaults(
  oddities: readonly SwarmOddity[],
  options: {
    readonly random: SeededRandom;
    readonly count: number;
    readonly endMs: number;
    readonly spans: readonly Span[];
  },
): readonly SwarmFault[] {
  const { random, count, endMs, spans } = options;
  const left = [...oddities];
  const faults: SwarmFault[] = [];
  while (faults.length < count && left.length > 0) {
    const [oddity] = left.splice(random.integer(0, left.length - 1), 1);
    if (oddity === undefined) break;
    const fromMs = random.chance(AIMED_SHARE)
      ? momentIn(spans, { random, endMs })
      : random.integer(0, endMs);
    const lastsMs = oddity.longestMs === 0 ? 0 : random.integer(200, oddity.longestMs);
    const value = oddity.draw(random);
    const toMs = Math.min(fromMs + lastsMs, endMs);
    faults.push({ fromMs, toMs, what: oddity.name, value });
    for (const rival of rivalsOf(oddity.name, value)) {
      const at = left.findIndex(({ name }) => name === rival);
      if (at >= 0) left.splice(at, 1);
    }
  }
  return faults.toSorted((left, right) => left.fromMs - right.fromMs);
}

/** What must not be drawn any more. Of what comes later the value is not known yet. */
function rivalsOf(name: string, drawn: SwarmValue): readonly string[] {
  return NOT_TOGETHER.flatMap(({ one, value, other }) => {
    if (other === name) return [one];
    return one === name && value === drawn ? [other] : [];
  });
}

/** Each situation is as likely as the others, however often or long the plan leads to it. */
function momentIn(
  spans: readonly Span[],
  { random, endMs }: { readonly random: SeededRandom; readonly endMs: number },
): number {
  const situations = [...new Set(spans.map(({ situation }) => situation))];
  const wanted = situations[random.integer(0, Math.max(0, situations.length - 1))];
  const chosen = spans.filter(({ situation }) => situation === wanted);
  const span = chosen[random.integer(0, Math.max(0, chosen.length - 1))];
  if (span === undefined) return random.integer(0, endMs);
  return Math.min(endMs, random.integer(span.fromMs, span.toMs));
}
