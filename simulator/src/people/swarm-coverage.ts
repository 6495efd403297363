// What a suite of swarms has come by: which oddity met which situation, of all that may meet. All
// of them are legal: any trouble may come at any time.
import { ODDITIES } from "./swarm-oddities.ts";
import type { SwarmProfile } from "./swarm-plan.ts";

/** What a site may be in the middle of: of its calls, of their recordings, of the supervisor. */
export const SITUATIONS = [
  "no call",
  "ringing",
  "queued",
  "talking",
  "held",
  "consulting",
  "conference",
  "parked",
  "voicemail",
  "private",
  "recording being dialled",
  "recording up",
  "recording just ended",
  "paused",
  "listened to",
] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface SwarmCoverage {
  /** Pairs of an oddity of the profiles that ran and a situation. */
  readonly legal: number;
  readonly reached: number;
  /** 0–1. */
  readonly ratio: number;
  /** "oddity × situation". */
  readonly missing: readonly string[];
}

/** null where no profile has any trouble. */
export function coverageOf(
  profiles: ReadonlySet<SwarmProfile>,
  met: ReadonlySet<string>,
): SwarmCoverage | null {
  const oddities = new Set([...profiles].flatMap((profile) => ODDITIES[profile]));
  const names = [...new Set([...oddities].map(({ name }) => name))];
  const legal = names.flatMap((name) => SITUATIONS.map((situation) => `${name} × ${situation}`));
  if (legal.length === 0) return null;
  const missing = legal.filter((pair) => !met.has(pair));
  const reached = legal.length - missing.length;
  return { legal: legal.length, reached, ratio: reached / legal.length, missing };
}
