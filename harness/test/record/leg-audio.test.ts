// Where a frame belongs whose timestamp has jumped, and which the first packet of that base has
// overtaken: it is of that base if, and only if, it came after that packet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import type { TruthLeg } from "@tapeline/simulator/pbx";
import { placeFrames } from "../../src/record/leg-audio.ts";
import { entries, type RunRecord } from "../../src/record/run-record.ts";
import { complains, passes, recordingAt, recordOf, unaccounted } from "../checkers/spoiled-run.ts";

const record = unaccounted(
  await recordOf(
    scenario({
      name: "test/jumps",
      title: "Timestamps jump while packets overtake one another",
      proves: ["T1"],
      async story({ caller, agent, talk, oddities }) {
        oddities.sip.timestampJump = { everyFrames: 25, samples: 13_446 };
        oddities.sip.reorderRatio = 0.3;
        const alice = agent("2001");
        await caller().calls("2001");
        await alice.answers();
        await talk({ seconds: 20 });
        await alice.hangsUp();
      },
    }),
  ),
);
const [leg] = record.truth.conversations.flatMap(({ legs }): readonly TruthLeg[] => legs);

/** The first frame of a base that is not the one its `media` line names, and that line's. */
function overtaken() {
  assert.ok(leg !== undefined);
  for (const line of entries(recordingAt(record, 0), "media").slice(1)) {
    const index = leg.frames.findIndex(({ timestamp }) => timestamp === line["rtpTimestamp"]);
    const [before, base] = [leg.frames[index - 1], leg.frames[index]];
    const isOfBase = (base?.timestamp ?? 0) - (before?.timestamp ?? 0) === 160;
    if (before !== undefined && base !== undefined && isOfBase) return { before, base, line };
  }
  return assert.fail("none was overtaken");
}

/** The frame came so much after the other one; negative: before it. */
function cameAfter(byMs: number): RunRecord {
  const { before, base } = overtaken();
  const isOf = (data: Uint8Array, sequence: number): boolean =>
    data.length > 12 && data[0] === 0x80 && ((data[2]! << 8) | data[3]!) === sequence;
  const other = record.fates.find(({ data }) => isOf(data, base.sequence));
  const atMs = other?.arrivalsMs[0] ?? assert.fail("it never came");
  const fates = record.fates.map((fate) =>
    isOf(fate.data, before.sequence) ? { ...fate, arrivalsMs: [atMs + byMs] } : fate,
  );
  return { ...record, fates };
}

test("an overtaken frame of a new base stands just before the packet that names the base", () => {
  passes(record);
  const { before, line } = overtaken();
  assert.ok(leg !== undefined);
  const { placed } = placeFrames(cameAfter(1), leg, recordingAt(record, 0));
  assert.equal(placed.find(({ frame }) => frame === before)?.sample, line.sample - 160);
  passes(cameAfter(1));
});

test("one that came before that packet should have named the base: it is missed at its place", () => {
  const { before } = overtaken();
  const missed = new RegExp(`frame ${before.tag.frame} arrived and is not at sample`);
  complains(cameAfter(-1), "audio", missed);
});
