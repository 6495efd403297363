// A request that a stream did not carry: excused while the network was told to break it or the
// recorder was not there, named otherwise (RFC 3261 §18.4). And SIP on streams, read at both ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { UnsentRequest } from "@tapeline/simulator/pbx";
import { checkStreams } from "../../src/checkers/broken-streams.ts";
import { journalChecker } from "../../src/checkers/journal.ts";
import { isLeftToPower } from "../../src/checkers/frame-duty.ts";
import { checkRepeats } from "../../src/checkers/sip-repeats.ts";
import { checkTimers } from "../../src/checkers/sip-timers.ts";
import { wireMessages } from "../../src/checkers/sip-wire.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import {
  callOverTcp,
  complains,
  passes,
  recordOf,
  unaccounted,
  withJournal,
} from "./spoiled-run.ts";

const record = await recordOf(callOverTcp(1));
const AT_MS = record.truth.conversations[0]?.legs[0]?.endedMs ?? assert.fail("no leg");
const RESET = "read ECONNRESET";
const TIMED_OUT = "connect ETIMEDOUT";

/** The same run, in which the BYE of its call was not carried to an answer. */
function unsent(detail: string, more: Partial<RunRecord> = {}): RunRecord {
  const request: UnsentRequest = { atMs: AT_MS, method: "BYE", detail };
  const conversations = record.truth.conversations.map((conversation) => ({
    ...conversation,
    legs: conversation.legs.map((leg) => ({ ...leg, unsent: [request] })),
  }));
  return { ...record, ...more, truth: { ...record.truth, conversations } };
}

function fault(text: string, agoMs: number, isHealing = false): RunRecord["faults"][number] {
  return { atMs: AT_MS - agoMs, text, isHealing, isMoment: false };
}

test("an unspoiled run over TCP passes", () => passes(record));

test("a stream that broke while nothing was told to break it is named", () => {
  complains(unsent(RESET), "sip", /BYE could not be sent: read ECONNRESET/);
  complains(unsent("connect ECONNREFUSED"), "sip", /BYE could not be sent: connect ECONNREFUSED/);
});

test("a reset is excused by connections that were reset just before, no later", () => {
  const after = (agoMs: number) => unsent(RESET, { faults: [fault("connections reset", agoMs)] });
  assert.deepEqual(checkStreams(after(900)), []);
  assert.equal(checkStreams(after(1_100)).length, 1);
  const faults = [fault("connections reset", 10)];
  assert.equal(checkStreams(unsent("connect ECONNREFUSED", { faults })).length, 1);
});

test("silence is excused by a network that was cut or stalled until 5 s before, no longer", () => {
  for (const text of ["network cut", 'streams {"chunkBytes":9,"stalled":true}']) {
    const healed = (agoMs: number) =>
      unsent(TIMED_OUT, { faults: [fault(text, 9_000), fault("heal", agoMs, true)] });
    assert.deepEqual(checkStreams(unsent(TIMED_OUT, { faults: [fault(text, 9_000)] })), []);
    assert.deepEqual(checkStreams(healed(4_900)), []);
    assert.equal(checkStreams(healed(5_100)).length, 1);
  }
  const faults = [fault('streams {"chunkBytes":9}', 9_000)];
  assert.equal(checkStreams(unsent(TIMED_OUT, { faults })).length, 1);
});

test("streams go on being stalled when a cut is over, and a cut when streams are not", () => {
  const stalled = 'streams {"chunkBytes":9,"stalled":true}';
  const told = (...faults: RunRecord["faults"]) =>
    checkStreams(unsent(TIMED_OUT, { faults })).length;
  const mended = fault("network cut", 8_000, true);
  assert.equal(told(fault(stalled, 9_900), fault("network cut", 9_000), mended), 0);
  assert.equal(told(fault(stalled, 9_900), fault("healDrive 0", 8_000, true)), 0);
  assert.equal(told(fault("network cut", 9_000), mended), 1);
  assert.equal(told(fault("network cut", 9_000), fault("streams {}", 8_000)), 0);
  assert.equal(told(fault(stalled, 9_000), fault("streams {}", 8_000)), 1);
});

test("a recorder that is not there is excused, one that is there again is not", () => {
  const life = (kind: "process" | "power", downMs: number, readyMs: number): RunRecord["life"] => [
    { kind, atMs: AT_MS - downMs },
    { kind: "ready", atMs: AT_MS - readyMs },
  ];
  const refused = "connect ECONNREFUSED";
  assert.deepEqual(checkStreams(unsent(refused, { life: life("process", 3_000, 500) })), []);
  assert.equal(checkStreams(unsent(refused, { life: life("process", 9_000, 5_000) })).length, 1);
  assert.equal(checkStreams(unsent(RESET, { life: life("process", 9_000, 5_000) })).length, 1);
  // A machine that had lost its power knows nothing of its streams, and says so when it is asked.
  assert.deepEqual(checkStreams(unsent(RESET, { life: life("power", 9_000, 5_000) })), []);
  assert.equal(checkStreams(unsent(RESET, { life: life("power", 90_000, 80_000) })).length, 1);
  // Nor does the far end know of a process that ended while the network was cut.
  const cut = [fault("network cut", 9_500), fault("network cut", 8_000, true)];
  const killed = { life: life("process", 9_000, 7_000), faults: cut };
  assert.deepEqual(checkStreams(unsent(RESET, killed)), []);
  assert.equal(checkStreams(unsent(refused, killed)).length, 1);
  const later = { ...killed, life: life("process", 7_500, 7_000) };
  assert.equal(checkStreams(unsent(RESET, later)).length, 1);
});

test("SIP on streams is judged: a BYE whose answer never was on the wire is named", () => {
  const { streamMessages = [] } = record;
  const isAnswer = (text: string) => /^SIP\/2\.0 200 [\s\S]*CSeq: \d+ BYE/.test(text);
  const kept = streamMessages.filter(({ text }) => !isAnswer(text));
  assert.equal(kept.length, streamMessages.length - 1);
  const spoiled = {
    ...record,
    streamMessages: kept,
    recordings: [],
    truth: { ...record.truth, conversations: [] },
    catalog: [],
  };
  complains(unaccounted(spoiled), "sip", /BYE \(CSeq \d+\) of \S+ was never answered/);
});

/** What is said of a 200 that went out at these times, "~" if it waited, and had no ACK. */
function toldOf200At(...times: readonly string[]): readonly string[] {
  const answer =
    wireMessages(record).find(({ status, cseq }) => status === 200 && cseq.method === "INVITE") ??
    assert.fail("no 200");
  const copies = times.map((time) => ({
    ...answer,
    sentMs: AT_MS + Number(time.replace("~", "")),
    hasWaited: time.startsWith("~"),
  }));
  const complaints = checkRepeats({ ...record, stoppedMs: AT_MS + 8_000, life: [] }, copies);
  return complaints.map((text) => text.replace(/^.* is /, ""));
}

test("a 200 that waits for a new stream may come late by 4 s, no other one may", () => {
  assert.deepEqual(toldOf200At("0", "~2500", "3500", "7500"), []);
  assert.match(toldOf200At("0", "2500", "3500", "7500").join(), /again after 2500 ms, out of turn/);
  assert.match(toldOf200At("0", "~2500", "3700", "7500").join(), /after 3700 ms, out of turn/);
  assert.match(toldOf200At("0", "~6000", "7500").join(), /not said again after 500 ms/);
});

test("a first 200 that has waited hides when its repeats began, and nothing else", () => {
  assert.deepEqual(toldOf200At("~0", "1500", "5500"), [], "it began 2 s earlier");
  assert.match(toldOf200At("0", "1500", "5500").join(), /after 5500 ms, out of turn/);
  assert.match(toldOf200At("~0", "1500", "5300").join(), /out of turn/);
  assert.match(toldOf200At("~0", "1500").join(), /not said again/);
});

test("the first answer to an INVITE may be late by 4 s where it waits for a new stream", () => {
  const wire = wireMessages(record);
  const arrivedMs = wire.find(({ method }) => method === "INVITE")?.arrivedMs ?? NaN;
  const told = (afterMs: number, hasWaited: boolean): readonly string[] =>
    checkTimers(
      record,
      wire
        .filter(({ status }) => status === null || status >= 200)
        .map((one) =>
          one.status !== null && one.cseq.method === "INVITE"
            ? { ...one, sentMs: arrivedMs + afterMs, hasWaited }
            : one,
        ),
    );
  assert.deepEqual(told(1_000, true), []);
  assert.match(told(1_000, false).join(), /had no answer, not even 100, after 200 ms/);
  assert.match(told(4_300, true).join(), /had no answer, not even 100, after 200 ms/);
});

test("a kill just after a 200 may take the call, however late its stream brings the 200", () => {
  const leg = record.truth.conversations[0]?.legs[0] ?? assert.fail("no leg");
  const said = wireMessages(record).find(
    ({ status, cseq }) => status === 200 && cseq.method === "INVITE",
  );
  const saidMs = said?.sentMs ?? NaN;
  const isLeft = (atMs: number): boolean => {
    const killed: RunRecord = { ...record, life: [{ kind: "process", atMs }], faults: [] };
    return isLeftToPower(killed, { ...leg, answeredMs: saidMs + 2_600 });
  };
  assert.equal(isLeft(saidMs + 4), true);
  assert.equal(isLeft(saidMs + 6), false);
});

test("the answer to our BYE may come behind one that has crossed it, and is missed before", () => {
  const { streamMessages = [] } = record;
  const theirs = streamMessages.find(({ text }) => text.startsWith("BYE ")) ?? assert.fail();
  const theirsMs = theirs.arrivedMs ?? NaN;
  const ours = theirs.text.replace(/branch=[^;\r]+/, "branch=z9hG4bKours");
  const answer = ours.replace(/^.*/, "SIP/2.0 200 OK");
  const isNamed = (arrivedMs: number): boolean => {
    const way = { ...theirs, sentMs: theirsMs - 500, arrivedMs };
    const told = withJournal(record, 0, (journal) => {
      const [sip] = journal.filter(({ type }) => type === "sip");
      return sip === undefined ? journal : journal.toSpliced(-1, 0, { ...sip, text: ours });
    });
    const more = [
      { ...way, from: "recorder", text: ours },
      { ...way, from: "pbx", text: answer },
    ] as const;
    const crossed = { ...told, streamMessages: [...streamMessages, ...more] };
    return journalChecker.check(crossed).some((text) => /does not hold the 200 to BYE/.test(text));
  };
  assert.equal(isNamed(theirsMs + 1), false);
  assert.equal(isNamed(theirsMs - 1), true);
});
