// The outcome of a recording from what was seen of it (design.md §5, "Outcome"). Pure.
import type { EndReason } from "../end-reason.ts";
import { type Outcome, WHYS, type Why } from "../outcome.ts";
import type { RecordingStatistics } from "../ports/index.ts";

export interface RecordingFacts {
  readonly samples: number;
  readonly statistics: RecordingStatistics;
  /** Degradations told by the media plane while the call ran. */
  readonly degradedBy: ReadonlySet<Why>;
  readonly endReason: EndReason | null;
  /** Verdict of the rules; `why` also when kept with a reservation (rules-unproven). */
  readonly verdict: { readonly keep: boolean; readonly why: Why | null };
}

/** The gravest first: the first that applies is the recording's `why`. */
const DEGRADATIONS: readonly Why[] = [
  "source-doubtful",
  "write-overflow",
  "session-expired",
  "restart",
  "kernel-drops",
  "pair-claimed-twice",
  "packets-lost",
  "rules-unproven",
];

export function decideOutcome(facts: RecordingFacts): {
  readonly outcome: Outcome;
  readonly why: Why | null;
} {
  const { verdict } = facts;
  if (!verdict.keep) {
    const why = verdict.why ?? "rule";
    return { outcome: WHYS[why].outcome, why };
  }
  if (facts.samples === 0) return { outcome: "failed", why: "no-media" };
  const seen = new Set<Why>(facts.degradedBy);
  if (facts.statistics.packetsLost > 0) seen.add("packets-lost");
  if (facts.statistics.kernelDrops > 0) seen.add("kernel-drops");
  if (facts.endReason === "session-expired") seen.add("session-expired");
  if (verdict.why !== null) seen.add(verdict.why);
  const why = DEGRADATIONS.find((candidate) => seen.has(candidate)) ?? null;
  return { outcome: why === null ? "ok" : "degraded", why };
}
