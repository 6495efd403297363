// media-lines: what a jump of the timestamp during a crash excuses, and what it does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { entries, type RunRecord } from "../../src/record/run-record.ts";
import { check } from "../../src/run-scenario.ts";
import { passes, recordingAt, recordOf, unaccounted, withJournal } from "./spoiled-run.ts";

const JUMP_SAMPLES = 20_000;
const OFF = /the SSRC change at sample \d+ is -?\d+ ms off the time on the wire/;

/** The timestamps jump while the recorder is down; the agent may hold the call meanwhile. */
async function jumpedUnseen(isHeld: boolean): Promise<RunRecord> {
  const run = await recordOf(
    scenario({
      name: "test/jumped-unseen",
      title: "A timestamp jumps during a crash",
      proves: ["T1"],
      async story({ caller, agent, talk, recorder, oddities }) {
        oddities.sip.timestampJump = { everyFrames: 150, samples: JUMP_SAMPLES };
        const alice = agent("2001");
        await caller().calls("2001");
        await alice.answers();
        await talk({ seconds: 2 });
        await recorder.crashes();
        await talk({ seconds: 2 });
        if (isHeld) await alice.holds();
        await recorder.restarts();
        await talk({ seconds: 2 });
        if (isHeld) await alice.retrieves();
        await talk({ seconds: 1 });
        await alice.hangsUp();
      },
      expects: { allowsLoss: true },
    }),
  );
  return unaccounted(run);
}

/** The media line after the restart, and all that follows, so many samples later. */
function moved(whole: RunRecord, samples: number): string {
  const [, second] = entries(recordingAt(whole, 0), "media");
  assert.ok(second !== undefined);
  const spoiled = withJournal(whole, 0, (journal) =>
    journal.map((line, index) =>
      index < journal.indexOf(second) ? line : { ...line, sample: line.sample + samples },
    ),
  );
  return check(spoiled).find(({ name }) => name === "audio")?.detail ?? "";
}

const held = await jumpedUnseen(true);
const unheld = await jumpedUnseen(false);

test("a jump during a crash may be followed where a hold took time without numbers", () => {
  passes(held);
  assert.doesNotMatch(moved(held, -JUMP_SAMPLES), OFF, "or not be followed");
  assert.match(moved(held, -2 * JUMP_SAMPLES), OFF);
  assert.match(moved(held, 8_000), OFF);
});

test("without a hold clock and numbers tell of the jump: it may not be followed", () => {
  passes(unheld);
  assert.match(moved(unheld, JUMP_SAMPLES), OFF);
  assert.match(moved(unheld, -JUMP_SAMPLES), OFF);
});
