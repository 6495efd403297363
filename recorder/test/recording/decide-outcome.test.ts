// The outcome of a recording (design.md §5, "Outcome"): what decides, and which reason is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decideOutcome, type RecordingFacts } from "../../src/recording/decide-outcome.ts";
import { WHYS, type Why } from "../../src/outcome.ts";

const STATISTICS = { packetsLost: 0, kernelDrops: 0 } as RecordingFacts["statistics"];

function outcome(set: Partial<RecordingFacts> = {}): string {
  const decided = decideOutcome({
    ...{
      samples: 800,
      statistics: STATISTICS,
      degradedBy: new Set<Why>(),
      endReason: "remote-bye",
    },
    verdict: { keep: true, why: null },
    ...set,
  });
  return `${decided.outcome} ${decided.why ?? "-"}`;
}

test("nothing against it is ok; no sample is no media, also when something else was wrong", () => {
  assert.equal(outcome(), "ok -");
  assert.equal(outcome({ samples: 0 }), "failed no-media");
  assert.equal(outcome({ samples: 0, degradedBy: new Set<Why>(["restart"]) }), "failed no-media");
});

test("what is not to be kept has the outcome of its reason, a rule's without one", () => {
  const dropped = (why: Why | null): string =>
    outcome({ samples: 0, verdict: { keep: false, why } });
  assert.equal(dropped("privacy"), `${WHYS.privacy.outcome} privacy`);
  assert.equal(dropped("consent"), "blocked consent");
  assert.equal(dropped(null), "discarded rule");
});

test("lost packets, drops of the kernel, an expired session and the rules' doubts degrade it", () => {
  assert.equal(outcome({ statistics: { ...STATISTICS, packetsLost: 1 } }), "degraded packets-lost");
  assert.equal(outcome({ statistics: { ...STATISTICS, kernelDrops: 1 } }), "degraded kernel-drops");
  assert.equal(outcome({ endReason: "session-expired" }), "degraded session-expired");
  const verdict = { keep: true, why: "rules-unproven" } as const;
  assert.equal(outcome({ verdict }), "degraded rules-unproven");
});

test("of several reasons the gravest is told", () => {
  const gravest: readonly Why[] = [
    ...(["source-doubtful", "write-overflow", "session-expired", "restart"] as const),
    ...(["kernel-drops", "pair-claimed-twice", "packets-lost", "rules-unproven"] as const),
  ];
  for (const [index, why] of gravest.entries()) {
    const rest = new Set<Why>(gravest.slice(index).toReversed());
    assert.equal(outcome({ degradedBy: rest }), `degraded ${why}`);
  }
});
