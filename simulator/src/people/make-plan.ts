// Makes the plan of a swarm run: calls that come one over the other, each with what may become of a
// call, beside the troubles of the profile. Pure: profile and seed say all.
import type { SeededRandom } from "../world/contract.ts";
import { seededRandom } from "../world/seeded-random.ts";
import { CallLine } from "./call-line.ts";
import { ODDITIES, type SwarmOddity } from "./swarm-oddities.ts";
import {
  SUPERVISOR,
  type SwarmFault,
  type SwarmPerson,
  type SwarmPlan,
  type SwarmProfile,
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
  "bad-network": { calls: [1, 3], withinMs: 6_000, faults: [1, 4] },
  "bad-disk": { calls: [1, 3], withinMs: 6_000, faults: [1, 3] },
  crashy: { calls: [1, 3], withinMs: 6_000, faults: [1, 2] },
  everything: { calls: [1, 4], withinMs: 6_000, faults: [2, 6] },
};

export function makePlan(profile: SwarmProfile, seed: string): SwarmPlan {
  const bustle = BUSTLE[profile];
  const people = seededRandom(seed, `swarm people ${profile}`);
  const lines = Array.from({ length: people.integer(...bustle.calls) }, (_, index) => {
    const random = seededRandom(seed, `swarm call ${profile} ${index}`);
    return new CallLine(random, { index, beginsMs: people.integer(200, bustle.withinMs) });
  });
  const steps = lines
    .flatMap((line) => line.steps())
    .toSorted((left, right) => left.atMs - right.atMs);
  const endMs = (steps.at(-1)?.atMs ?? 0) + 500;
  const troubles = seededRandom(seed, `swarm faults ${profile}`);
  const count = troubles.integer(...bustle.faults);
  const faults = drawFaults(ODDITIES[profile], { random: troubles, count, endMs });
  return { profile, seed, people: peopleOf(steps), steps, faults };
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
  options: { readonly random: SeededRandom; readonly count: number; readonly endMs: number },
): readonly SwarmFault[] {
  const { random, count, endMs } = options;
  const left = [...oddities];
  const faults: SwarmFault[] = [];
  while (faults.length < count && left.length > 0) {
    const [oddity] = left.splice(random.integer(0, left.length - 1), 1);
    if (oddity === undefined) break;
    const fromMs = random.integer(0, endMs);
    const lastsMs = oddity.longestMs === 0 ? 0 : random.integer(200, oddity.longestMs);
    faults.push({
      fromMs,
      toMs: Math.min(fromMs + lastsMs, endMs),
      what: oddity.name,
      value: oddity.draw(random),
    });
  }
  return faults.toSorted((left, right) => left.fromMs - right.fromMs);
}
