// storage, discards: one that was decided although the link had been down meanwhile is found (R13,
// R10), whatever the recorder says of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { checkDiscards } from "../../src/checkers/discards.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import { passes, recordOf } from "./spoiled-run.ts";

const record = await recordOf(
  scenario({
    name: "test/discarded",
    title: "A call that no rule wants",
    proves: ["T1"],
    recorder: { rules: [{ title: "Carol", kind: "agent", match: { agents: ["2003"] } }] },
    async story({ caller, agent, talk }) {
      const alice = agent("2001");
      await caller().calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 3 });
      await alice.hangsUp();
    },
  }),
);

/** The link is asked for events once more, in the middle of the call. */
function withLinkLost({ title }: { readonly title: string }): RunRecord {
  const [leg] = record.truth.conversations[0]?.legs ?? [];
  assert.ok(leg !== undefined && leg.endedMs !== null);
  const atMs = (leg.invitedMs + leg.endedMs) / 2;
  const line = { atMs, direction: "in", remote: "192.0.2.10:1", title, text: "" } as const;
  return { ...record, devlink3: [...record.devlink3, line] };
}

test("R13: what no rule wants is discarded while the link is up", () => {
  passes(record);
  assert.equal(record.calls.filter((row) => row["type"] === "discard").length, 1);
});

test("R13: a discard although the link was down is named, with when it came back", () => {
  assert.match(
    checkDiscards(withLinkLost({ title: "Event request -SIPTrack" })).join(),
    /^SIP call \S+ was discarded although the link was down: it was up again at \d+ ms/,
  );
});

test("a second connection that only reads a file is no loss of the link", () => {
  assert.deepEqual(checkDiscards(withLinkLost({ title: "Read file nasystem/user_list" })), []);
});

test("what privacy forbids may go, and so may what only a match began", () => {
  const lost = withLinkLost({ title: "Event request" });
  const calls = lost.calls.map((row) => ({ ...row, why: "privacy" }));
  assert.deepEqual(checkDiscards({ ...lost, calls }), []);
  const recorder = { recorder: { recordFromBeginning: false } };
  assert.deepEqual(checkDiscards({ ...lost, scenario: { ...lost.scenario, recorder } }), []);
});
