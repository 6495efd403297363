// unnamed-source: a call may have no media where nobody told the recorder where it speaks, and
// another call lacks media beside it; in any other run of the same shape it must be named (R15).
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import type { RunRecord } from "../../src/record/run-record.ts";
import { check } from "../../src/run-scenario.ts";
import { passes, recordingAt, recordOf, unaccounted, withJournal } from "./spoiled-run.ts";

const UNNAMED = 1;
const LOST = /packets of SSRC \d+ arrived and no media line names it/;

const record = unaccounted(
  await recordOf(
    scenario({
      name: "test/unnamed",
      title: "An offerless call without ACK is heard while another one is silent",
      proves: ["T1"],
      async story({ caller, agent, talk, oddities }) {
        const [alice, bob] = [agent("2001"), agent("2002")];
        oddities.sip.rtpDelayMs = 5_000;
        await caller("+4930111").calls("2001");
        await alice.answers();
        await alice.isBeingRecorded();
        Object.assign(oddities.sip, { rtpDelayMs: 0, offerless: true, loseAcks: 9 });
        await caller("+4930222").calls("2002");
        await bob.answers();
        await talk({ seconds: 1.5 });
        await bob.hangsUp();
        await talk({ seconds: 6 });
        await alice.hangsUp();
      },
    }),
  ),
);

const [alice, bob] = record.truth.conversations.flatMap(({ legs }) => legs);
assert.ok(alice !== undefined && bob !== undefined);
const aliceId = alice.sipCallId;
const bobId = bob.sipCallId;

type Fate = RunRecord["fates"][number];

function withFates(change: (fate: Fate, text: string) => Fate): RunRecord {
  const fates = record.fates.map((fate) => change(fate, Buffer.from(fate.data).toString("latin1")));
  return { ...record, fates };
}

/** In messages of one call, sent by one side. */
function replaced(of: { start: string; callId: string }, from: RegExp, to: string): RunRecord {
  return withFates((fate, text) =>
    text.startsWith(of.start) && text.includes(of.callId)
      ? { ...fate, data: Buffer.from(text.replace(from, to), "latin1") }
      : fate,
  );
}

/** One frame of Alice's call arrived so long after the first one of Bob's. */
function heardAt(afterMs: number): RunRecord {
  const isOf = (fate: Fate, { ssrc, timestamp }: { ssrc: number; timestamp: number }): boolean => {
    const view = new DataView(fate.data.buffer, fate.data.byteOffset, fate.data.byteLength);
    return fate.data.length > 12 && view.getUint32(8) === ssrc && view.getUint32(4) === timestamp;
  };
  const [hers, his] = [alice, bob].map((leg) => leg?.frames[0] ?? assert.fail());
  assert.ok(hers !== undefined && his !== undefined);
  const atMs = record.fates.find((fate) => isOf(fate, his))?.arrivalsMs[0] ?? assert.fail();
  return withFates((fate) => (isOf(fate, hers) ? { ...fate, arrivalsMs: [atMs + afterMs] } : fate));
}

/** Other checkers may have their say, too. */
function missing(spoiled: RunRecord): void {
  assert.match(check(spoiled).find(({ name }) => name === "audio")?.detail ?? "", LOST);
}

test("packets of a source that nobody named may be of either of two calls that lack media", () => {
  assert.equal(recordingAt(record, UNNAMED).audio?.length, 0);
  assert.ok(bob.frames.length > 50);
  passes(record);
});

test("they are missing where the recording says something else", () => {
  const spoiled = withJournal(record, UNNAMED, (journal) =>
    journal.map((line) => (line.type === "end" ? { ...line, why: "packets-lost" } : line)),
  );
  missing(spoiled);
});

test("they are missing where an SDP has named the source", () => {
  const invite = { start: "INVITE ", callId: bobId };
  missing(replaced(invite, /$/, "m=audio 49154 RTP/AVP 0\r\n"));
});

test("an SDP that comes behind the end of the call has named nothing", () => {
  const bye = replaced({ start: "BYE ", callId: bobId }, /$/, "m=audio 49154 RTP/AVP 0\r\n");
  const audio = check(bye).find(({ name }) => name === "audio");
  assert.doesNotMatch(audio?.detail ?? "", LOST);
});

test("they are missing where the other call listens on another port", () => {
  const answer = { start: "SIP/2.0 200", callId: aliceId };
  missing(replaced(answer, /m=audio \d+/, "m=audio 6004"));
});

test("they are missing where the other call has media, is over, or came later", () => {
  missing(heardAt(400));
  missing(heardAt(-200));
  const over = record.truth.conversations.map((one) => ({
    ...one,
    legs: one.legs.map((leg) =>
      leg.sipCallId === aliceId ? { ...leg, endedMs: (bob.endedMs ?? 0) - 200 } : leg,
    ),
  }));
  missing({ ...record, truth: { ...record.truth, conversations: over } });
  const later = withFates((fate, text) =>
    text.startsWith("INVITE ") && text.includes(aliceId)
      ? { ...fate, arrivalsMs: [bob.endedMs ?? 0] }
      : fate,
  );
  missing(later);
});
