// keys, and what audio, journal and metrics make of SRTP: spoiled on purpose, one at a time. A
// packet that does not authenticate is no packet: its frame must not be recorded (RFC 3711 §3.3).
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import type { SpokenFrame } from "@tapeline/simulator/pbx";
import { withoutKeys } from "../../src/checkers/keys.ts";
import { legOf, placeFrames } from "../../src/record/leg-audio.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import {
  audioAt,
  complains,
  passes,
  recordingAt,
  recordOf,
  unaccounted,
  withAudio,
  withJournal,
} from "./spoiled-run.ts";

const FRAME = 160;

const record = await recordOf(
  scenario({
    name: "test/srtp",
    title: "A call by SRTP, with a wrong key for a while and changed packets",
    proves: ["T1"],
    site: { srtp: true },
    sipTls: true,
    async story({ caller, agent, talk, oddities, world }) {
      const alice = agent("2001");
      await caller().calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 2 });
      oddities.sip.srtpWrongKey = true;
      await talk({ seconds: 1 });
      oddities.sip.srtpWrongKey = false;
      await talk({ seconds: 1 });
      world.loses({ corruptRatio: 0.3 });
      await talk({ seconds: 1 });
      world.heals();
      await talk({ seconds: 1 });
      await alice.hangsUp();
    },
    expects: { allowsLoss: true },
  }),
);

const recording = recordingAt(record, 0);
const leg = legOf(record, recording) ?? assert.fail("no leg");
const [, key = ""] = /inline:([A-Za-z0-9+/]{40})/.exec(record.sip[0]?.text ?? "") ?? [];

/** The truth with other frames. */
function withFrames(change: (frame: SpokenFrame) => SpokenFrame): RunRecord {
  const conversations = record.truth.conversations.map((conversation) => ({
    ...conversation,
    legs: conversation.legs.map((one) => ({ ...one, frames: one.frames.map(change) })),
  }));
  return { ...record, truth: { ...record.truth, conversations } };
}

test("a call by SRTP passes, with packets that nobody could take", () => {
  passes(record);
  assert.equal(key.length, 40);
  assert.equal(leg.frames.filter(({ foreignKey }) => foreignKey === true).length, 50);
  assert.ok(record.fates.some(({ corrupted, data }) => corrupted && data.length === 182));
});

test("what has a wrong key, or was changed on the way, has not come", () => {
  const { placed } = placeFrames(record, leg, recording);
  for (const { frame, arrivedMs, isCorrupted } of placed) {
    assert.equal(isCorrupted, false);
    if (frame.foreignKey === true) assert.equal(arrivedMs, null);
  }
  const lost = placed.filter(({ arrivedMs }) => arrivedMs === null).length;
  assert.ok(lost > 50 && lost < 100, `${lost}`);
});

test("a frame with a foreign key that is recorded all the same is named (R4)", () => {
  const spoiled = withFrames((frame) =>
    frame.tag.frame === 20 ? { ...frame, foreignKey: true } : frame,
  );
  complains(unaccounted(spoiled), "audio", /sample 3200 is neither a frame that arrived nor fill/);
});

test("a changed packet that is recorded all the same is named (R4)", () => {
  const { placed } = placeFrames(record, leg, recording);
  const changed = placed.find(
    ({ frame, arrivedMs }) => arrivedMs === null && frame.foreignKey !== true,
  );
  assert.ok(changed !== undefined);
  const audio = audioAt(record, 0).slice();
  audio.set(changed.frame.payload?.map((code) => code ^ 1) ?? [], changed.sample);
  complains(
    withAudio(record, 0, audio),
    "audio",
    new RegExp(`sample ${changed.sample} is neither a frame that arrived nor fill`),
  );
  assert.equal(changed.frame.payload?.length, FRAME);
});

test("a key in a log, in a file or in a journal is named", () => {
  const line = JSON.stringify({ msg: "SIP in", text: `a=crypto:1 X inline:${key}|2^31` });
  complains(
    { ...record, log: [...record.log, line] },
    "keys",
    /^the log has a key of the IP Office/,
  );
  const left = { name: "/data/live/1.srtp", bytes: Buffer.from(`${key}\n`) };
  complains(
    { ...record, artefacts: [...record.artefacts, left] },
    "keys",
    /^\/data\/live\/1\.srtp has a key of the IP Office$/,
  );
});

test("the keys of both sides are looked for", () => {
  const answers = record.sip.filter(({ direction }) => direction === "in");
  const own = answers.flatMap(({ text }) => /inline:([A-Za-z0-9+/]{40})/.exec(text)?.[1] ?? []);
  assert.ok(own[0] !== undefined && own[0] !== key);
  complains({ ...record, log: [own[0]] }, "keys", /^the log has a key of the recorder$/);
});

test("a journal has each message with its keys hidden, at their length (R20)", () => {
  const hidden = `inline:*12*${"*".repeat(36)}`;
  assert.equal(withoutKeys(`a ${hidden}|2^31 b`), withoutKeys(`a inline:${key}|2^31 b`));
  const spoiled = withJournal(record, 0, (journal) =>
    journal.map((line) =>
      line.type === "sip"
        ? { ...line, text: String(line["text"]).replace("inline:*", "inline:") }
        : line,
    ),
  );
  complains(spoiled, "journal", /does not hold the INVITE \(CSeq \d+\) of the wire/);
});

test("metrics: packets that the recorder dropped, and did not count, are named", () => {
  const { account } = record;
  assert.ok(account?.metrics !== undefined && account.metrics !== null);
  const metrics = { ...account.metrics, rtp_packets_unauthentic_total: 49 };
  complains(
    { ...record, account: { ...account, metrics } },
    "metrics",
    /rtp_packets_unauthentic_total is 49, 50 have a foreign key/,
  );
});
