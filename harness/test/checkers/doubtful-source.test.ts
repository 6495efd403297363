// doubtful-source: audio of two calls may be crossed where both recordings say that nobody can tell
// them apart, and that is so; in any other run of the same shape it must be named (R15).
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { findFrameTags, type TruthLeg } from "@tapeline/simulator/pbx";
import type { RunRecord } from "../../src/record/run-record.ts";
import { check } from "../../src/run-scenario.ts";
import {
  audioAt,
  complains,
  passes,
  recordingAt,
  recordOf,
  unaccounted,
  withAudio,
  withJournal,
  withRow,
} from "./spoiled-run.ts";

const ALICE = 0;
const BOB = 1;
const OF_ANOTHER = /audio of another call: a frame of leg \d stands at sample \d+ of leg/;
const NEITHER = /a frame of leg \d stands at sample 0 of leg \d/;

const record = unaccounted(
  await recordOf(
    scenario({
      name: "test/at-once",
      title: "Two calls begin at once on one RTP port",
      proves: ["T1"],
      async story({ caller, agent, talk, oddities }) {
        Object.assign(oddities.sip, { rtpPort: "shared", rtpDelayMs: 1_000 });
        const [alice, bob] = [agent("2001"), agent("2002")];
        await caller("+4930111").calls("2001");
        await caller("+4930222").calls("2002");
        await Promise.all([alice.answers(), bob.answers()]);
        await talk({ seconds: 4 });
        await alice.hangsUp();
        await bob.hangsUp();
      },
    }),
  ),
);

/** Each recording holds what the other one held, with the media lines that belong to it. */
function exchanged(whole: RunRecord): RunRecord {
  const audio = [audioAt(whole, ALICE), audioAt(whole, BOB)] as const;
  const lines = [ALICE, BOB].map((index) =>
    recordingAt(whole, index).journal.filter(({ type }) => type === "media"),
  );
  return [ALICE, BOB].reduce((spoiled, index) => {
    const other = 1 - index;
    const heard = withAudio(spoiled, index, audio[other] ?? assert.fail());
    return withJournal(heard, index, (journal) =>
      journal.flatMap((line) => (line.type === "media" ? (lines[other] ?? []) : [line])),
    );
  }, whole);
}

/** Which of the two runs has the calls crossed, the order of two packets decided. */
const isCrossed = findFrameTags(audioAt(record, ALICE)).some(({ tag }) => tag.leg !== 1);
const crossed = isCrossed ? record : exchanged(record);

function withWhy(whole: RunRecord, index: number, why: string): RunRecord {
  const { recordingKey } = recordingAt(whole, index);
  const changed = withJournal(whole, index, (journal) =>
    journal.map((line) => (line.type === "end" ? { ...line, why } : line)),
  );
  return withRow(changed, recordingKey, { why });
}

/** Alice's first packet came so much before the INVITE of Bob's call. */
function heardBefore(whole: RunRecord, byMs: number): RunRecord {
  const legs = whole.truth.conversations.flatMap((one): readonly TruthLeg[] => one.legs);
  const [first] = legs[ALICE]?.frames ?? [];
  const invite = whole.fates.find(({ data }) => {
    const text = Buffer.from(data).toString("latin1");
    return text.startsWith("INVITE ") && text.includes(legs[BOB]?.sipCallId ?? "");
  });
  const inviteMs = invite?.arrivalsMs[0];
  assert.ok(first !== undefined && inviteMs !== undefined);
  const fates = whole.fates.map((fate) => {
    const view = new DataView(fate.data.buffer, fate.data.byteOffset, fate.data.byteLength);
    const isIt =
      fate.data.length > 12 &&
      view.getUint32(8) === first.ssrc &&
      view.getUint32(4) === first.timestamp;
    return isIt ? { ...fate, arrivalsMs: [inviteMs - byMs] } : fate;
  });
  return { ...whole, fates };
}

test("calls that begin at once on one port pass as they are, and crossed, for both say it", () => {
  passes(record);
  passes(exchanged(record));
});

test("crossed audio of which one recording says nothing is named", () => {
  for (const index of [ALICE, BOB]) {
    complains(withWhy(crossed, index, "pair-claimed-twice"), "audio", NEITHER);
  }
});

test("crossed audio is named where the older call had been heard before: no doubt there", () => {
  complains(heardBefore(crossed, 1), "audio", NEITHER);
});

test("all audio of a call may stand in the other, whose recording says that it is in doubt", () => {
  const emptied = withJournal(withAudio(crossed, BOB, new Uint8Array(0)), BOB, (journal) =>
    journal.filter(({ type }) => type !== "media"),
  );
  const silent = withWhy(emptied, BOB, "no-media");
  const lost = new RegExp(`${recordingAt(record, BOB).recordingKey}: packets of SSRC`);
  const told = (whole: RunRecord): string =>
    check(whole).find(({ name }) => name === "audio")?.detail ?? "";
  assert.doesNotMatch(told(silent), lost);
  assert.match(told(withWhy(silent, ALICE, "pair-claimed-twice")), lost);
  assert.match(told(heardBefore(silent, 1)), lost);
  const nowhere = withJournal(silent, ALICE, (journal) =>
    journal.filter(({ type }) => type !== "media"),
  );
  assert.match(told(nowhere), lost);
});

test("what two doubtful recordings say is no word for a third call's audio", () => {
  const port = /m=audio \d+/;
  const fates = record.fates.map((fate) => {
    const text = Buffer.from(fate.data).toString("latin1");
    const isIt = text.startsWith("INVITE ") && text.includes(sipCallIdOf(BOB));
    return isIt ? { ...fate, data: Buffer.from(text.replace(port, "m=audio 7"), "latin1") } : fate;
  });
  const told = check({ ...crossed, fates }).find(({ name }) => name === "audio")?.detail ?? "";
  assert.match(told, NEITHER);
});

function sipCallIdOf(index: number): string {
  return String(recordingAt(record, index).journal[0]?.["sipCallId"]);
}

/** Alice's call is silent; so Bob's audio is taken for hers, and Carol's for Bob's. */
const chained = unaccounted(
  await recordOf(
    scenario({
      name: "test/one-after-the-other",
      title: "Three calls begin one after the other on one RTP port, the first one silent",
      proves: ["T1"],
      async story({ caller, agent, talk, oddities }) {
        oddities.sip.rtpPort = "shared";
        const [alice, bob, carol] = [agent("2001"), agent("2002"), agent("2003")];
        await alice.isPrivate(true);
        await caller("+4930111").calls("2001");
        await alice.answers();
        await alice.holds();
        await caller("+4930222").calls("2002");
        await caller("+4930333").calls("2003");
        const later = async (seconds: number, what: () => Promise<void>): Promise<void> => {
          await talk({ seconds });
          await what();
        };
        const begins = [bob.answers(), later(2, () => alice.isPrivate(false))];
        await Promise.all([...begins, later(1, () => carol.answers())]);
        await talk({ seconds: 4 });
        await Promise.all([alice, bob, carol].map((one) => one.hangsUp()));
      },
      expects: { failedParts: "any" },
    }),
  ),
);

test("a call whose audio an older one took is not heard when a third begins, which says so", () => {
  passes(chained);
  const legOf = (index: number): unknown => findFrameTags(audioAt(chained, index))[0]?.tag.leg;
  const why = (index: number): unknown =>
    recordingAt(chained, index).journal.find(({ type }) => type === "end")?.["why"];
  assert.deepEqual([0, 1, 2].map(legOf), [2, 3, undefined]);
  assert.deepEqual([0, 1, 2].map(why), ["source-doubtful", "source-doubtful", "no-media"]);
  for (const index of [0, 1]) {
    const told = check(withWhy(chained, index, "pair-claimed-twice"));
    assert.match(told.find(({ name }) => name === "audio")?.detail ?? "", NEITHER);
  }
});

const three = unaccounted(
  await recordOf(
    scenario({
      name: "test/three-on-a-port",
      title: "A held call is taken for one that ends, a third begins, and the held one speaks",
      proves: ["T1"],
      async story({ caller, agent, talk, oddities }) {
        Object.assign(oddities.sip, { rtpPort: "shared", rtpDelayMs: 1_000 });
        const [alice, bob, carol] = [agent("2001"), agent("2002"), agent("2003")];
        await caller("+4930111").calls("2001");
        await caller("+4930222").calls("2002");
        await caller("+4930333").calls("2003");
        await Promise.all([alice.answers(), bob.answers()]);
        await alice.isBeingRecorded();
        await alice.holds();
        await talk({ seconds: 2 });
        await bob.hangsUp();
        await carol.answers();
        await carol.isBeingRecorded();
        await talk({ seconds: 2 });
        await carol.holds();
        await alice.retrieves();
        await talk({ seconds: 2 });
        await alice.hangsUp();
        await carol.hangsUp();
      },
    }),
  ),
);

test("a third call may hold what one says late that was taken for a second, if it says so (R15)", () => {
  const heard = [0, 1, 2].map(
    (index) => new Set(findFrameTags(audioAt(three, index)).map(({ tag }) => tag.leg)),
  );
  assert.deepEqual(heard, [new Set([2]), new Set(), new Set([1, 3])]);
  passes(three);
  for (const index of [0, 2]) {
    const told = check(withWhy(three, index, "pair-claimed-twice"));
    assert.match(told.find(({ name }) => name === "audio")?.detail ?? "", OF_ANOTHER);
  }
});

const withheld = unaccounted(
  await recordOf(
    scenario({
      name: "test/paused-in-doubt",
      title: "Two calls begin at once on one RTP port; the first is paused before either is heard",
      proves: ["T1"],
      async story({ caller, agent, supervisor, talk, oddities }) {
        Object.assign(oddities.sip, { rtpPort: "shared", rtpDelayMs: 1_000 });
        const [alice, bob] = [agent("2001"), agent("2002")];
        await caller("+4930111").calls("2001");
        await caller("+4930222").calls("2002");
        await Promise.all([alice.answers(), bob.answers()]);
        await alice.isBeingRecorded();
        await supervisor.pauses(alice);
        await talk({ seconds: 4 });
        await bob.hangsUp();
        await alice.hangsUp();
      },
      expects: { failedParts: "any" },
    }),
  ),
);

test("of a doubtful call nothing need be kept while the other one is paused, and only then (R21)", () => {
  const told = (whole: RunRecord): string =>
    check(whole).find(({ name }) => name === "audio")?.detail ?? "";
  passes(withheld);
  const heard = withJournal(withheld, ALICE, (journal) =>
    journal.filter(({ type }) => type !== "pause"),
  );
  assert.match(told(heard), /packets of SSRC \d+ arrived and no media line/);
  const resumed = withJournal(withheld, ALICE, (journal) =>
    journal.flatMap((line) => {
      const resume = { ...line, type: "resume", toSample: line["fromSample"] };
      return line.type === "pause" ? [line, resume] : [line];
    }),
  );
  assert.match(told(resumed), /packets of SSRC \d+ arrived and no media line/);
});
