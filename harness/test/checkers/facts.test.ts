// association, journal, listener, expectations, vcm and quiet: spoiled on purpose, one at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { listenerChecker } from "../../src/checkers/listener.ts";
import type { HeardAudio } from "../../src/environment/environment.ts";
import { legOf } from "../../src/record/leg-audio.ts";
import type { JournalEntry, RunRecord } from "../../src/record/run-record.ts";
import { check } from "../../src/run-scenario.ts";
import {
  BUSY,
  complains,
  passes,
  recordingAt,
  recordOf,
  withJournal,
  without,
  withRow,
} from "./spoiled-run.ts";

const record = await recordOf(BUSY);
const transferred = await recordOf(
  scenario({
    name: "test/transfer",
    title: "Two parts of one conversation",
    proves: ["R22"],
    async story({ caller, agent, talk }) {
      const outside = caller();
      const [alice, bob] = [agent("2001"), agent("2002")];
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 1 });
      await alice.transfersBlindTo("2002");
      await bob.answers();
      await bob.isBeingRecorded();
      await talk({ seconds: 1 });
      await outside.hangsUp();
    },
  }),
);

/** Changes a line of one type, and the catalog's row with it. */
function withLine(
  given: RunRecord,
  index: number,
  { type, ...change }: Partial<JournalEntry> & { readonly type: string },
): RunRecord {
  const spoiled = withJournal(given, index, (journal) =>
    journal.map((line) => (line.type === type ? { ...line, ...change } : line)),
  );
  const key = given.recordings[index]?.recordingKey ?? "?";
  return type === "association" ? withRow(spoiled, key, change) : spoiled;
}

test("unspoiled runs pass", () => {
  passes(record);
  passes(transferred);
});

// -- association -------------------------------------------------------------------------------

test("association: a recording of another extension is named (R7)", () => {
  const spoiled = withLine(record, 0, { type: "association", extension: "2002" });
  complains(spoiled, "association", /is tied to 2002, spoken at 2001/);
});

test("association: another end is named (R7)", () => {
  const spoiled = withLine(record, 0, { type: "association", endId: "0" });
  complains(spoiled, "association", /is tied to end 0, was c0a8/);
});

test("association: another call is named (R7)", () => {
  const spoiled = withLine(record, 0, { type: "association", deviceCallId: "c0a80a01-999" });
  complains(spoiled, "association", /the device call c0a80a01-999, which is another one/);
});

test("association: a callKey of another form is named", () => {
  const spoiled = withLine(record, 0, { type: "association", callKey: "31" });
  complains(spoiled, "association", /has the callKey 31, not node-CallID-time/);
});

test("association: a missing line is named", () => {
  const spoiled = withJournal(record, 0, without("association"));
  const nothing = { callKey: null, part: null, agent: null, extension: null, parties: [] };
  const key = record.recordings[0]?.recordingKey ?? "?";
  complains(withRow(spoiled, key, nothing), "association", /has no association line/);
});

test("association: an orphan that the recorder had asked for is named", () => {
  const spoiled = withLine(record, 0, { type: "association", rung: "orphan" });
  complains(spoiled, "association", /is an orphan although the recorder asked for it/);
});

test("association: a recording without call events is named (R7)", () => {
  const spoiled = withJournal(record, 0, without("event"));
  complains(spoiled, "association", /is tied to no event in which somebody talks/);
});

test("association: an event outside the audio is named (R7)", () => {
  const spoiled = withLine(record, 0, { type: "event", toSample: 9_000_000 });
  complains(spoiled, "association", /has the event \S+ at 0–9000000 of/);
});

test("association: parts of one conversation in the wrong order are named (R22)", () => {
  const one = withLine(transferred, 0, { type: "association", part: 2 });
  complains(
    withLine(one, 1, { type: "association", part: 1 }),
    "association",
    /parts of conversation 1: 2, 1/,
  );
});

test("association: a part number that was left out is named (R22)", () => {
  const spoiled = withLine(transferred, 1, { type: "association", part: 3 });
  complains({ ...spoiled, calls: [] }, "association", /parts of conversation 1: 1, 3/);
});

test("association: parts of other calls are no parts of a conversation that was not recorded", () => {
  const [first] = record.truth.conversations;
  assert.ok(first !== undefined);
  const unrecorded = { ...first, conversation: 99, legs: [], callIds: [99] };
  const conversations = [...record.truth.conversations, unrecorded];
  passes({ ...record, truth: { ...record.truth, conversations } });
});

test("association: two callKeys for one conversation are named (R22)", () => {
  const callKey = "c0a80a01-7-1767600000018";
  const spoiled = withLine(transferred, 1, { type: "association", callKey });
  complains(spoiled, "association", /conversation 1 has 2 callKeys/);
});

test("association: a call of which every end changed while the link was away is another one", () => {
  const callKey = "c0a80a01-7-1767600000018";
  const spoiled = withLine(transferred, 1, { type: "association", callKey });
  const secondMs = transferred.truth.conversations[0]?.legs[1]?.askedMs ?? assert.fail();
  const isLater = ({ direction, atMs }: RunRecord["devlink3"][number]): boolean =>
    direction === "out" && atMs >= secondMs - 50;
  const changed = (set: { readonly remote?: string; readonly ends?: RegExp }): RunRecord => ({
    ...spoiled,
    devlink3: spoiled.devlink3.map((line) =>
      isLater(line)
        ? {
            ...line,
            remote: set.remote ?? line.remote,
            text: line.text.replace(set.ends ?? /^$/, (end) => end.replace("a010000", "a01000f")),
          }
        : line,
    ),
  });
  const anotherStream = "192.0.2.10:9";
  const everyEnd = /<Party[AB]>[0-9a-f]{16}/g;
  passes(changed({ remote: anotherStream, ends: everyEnd }));
  const text = /conversation 1 has 2 callKeys/;
  complains(changed({ ends: everyEnd }), "association", text);
  complains(changed({ remote: anotherStream }), "association", text);
  complains(changed({ remote: anotherStream, ends: /<PartyB>[0-9a-f]{16}/ }), "association", text);
});

// -- journal -----------------------------------------------------------------------------------

test("journal: a SIP message that is missing is named (R20)", () => {
  const spoiled = withJournal(record, 0, (journal) =>
    journal.filter(({ type, text }) => type !== "sip" || !String(text).startsWith("BYE ")),
  );
  complains(spoiled, "journal", /does not hold the BYE \(CSeq \d+\) of the wire/);
});

test("journal: no SIP message at all is named (R20)", () => {
  complains(withJournal(record, 0, without("sip")), "journal", /holds no SIP message/);
});

test("journal: a line without a field of its type is named", () => {
  const spoiled = withJournal(record, 0, (journal) =>
    journal.map(({ jitterMs, ...line }) =>
      line.type === "statistics" || jitterMs === undefined ? line : { ...line, jitterMs },
    ),
  );
  complains(spoiled, "journal", /line \d+ \(statistics\) lacks jitterMs/);
});

test("journal: a type that is not in the format is named", () => {
  const spoiled = withJournal(record, 0, (journal) =>
    journal.map((line) => (line.type === "statistics" ? { ...line, type: "figures" } : line)),
  );
  complains(spoiled, "journal", /line \d+ has the type figures/);
});

test("journal: time that runs back is named", () => {
  const spoiled = withLine(record, 0, { type: "statistics", elapsedMs: 1 });
  complains(spoiled, "journal", /time runs back at line \d+/);
});

test("journal: samples that run back are named", () => {
  const spoiled = withLine(record, 0, { type: "statistics", sample: 0 });
  complains(spoiled, "journal", /samples run back at line \d+/);
});

test("journal: a line without time is named", () => {
  complains(withLine(record, 0, { type: "statistics", at: "noon" }), "journal", /has no time/);
});

test("journal: a line behind the end is named", () => {
  const spoiled = withJournal(record, 0, (journal) => [
    ...journal,
    { ...(journal.at(-1) ?? assert.fail()), type: "rule", title: "t", kind: "k" },
  ]);
  complains(spoiled, "journal", /goes on after its end/);
});

test("journal: the header of another recording is named", () => {
  const spoiled = withLine(record, 0, { type: "header", recordingKey: "other" });
  complains(spoiled, "journal", /has the header of something else/);
});

test("journal: a second header is named", () => {
  const spoiled = withJournal(record, 0, (journal) => [...journal.slice(0, 1), ...journal]);
  complains(spoiled, "journal", /has a second header/);
});

// -- listener ----------------------------------------------------------------------------------

type Pieces = HeardAudio["pieces"];

function withHeard(change: (pieces: Pieces) => Pieces): RunRecord {
  return {
    ...record,
    listeners: record.listeners.map((heard) => ({ ...heard, pieces: change(heard.pieces) })),
  };
}

test("listener: a byte that differs from the recording is named (R5)", () => {
  const spoiled = withHeard((pieces) => {
    const { sample, bytes } = pieces[3] ?? assert.fail();
    const changed = bytes.slice();
    changed[5] = (changed[5] ?? 0) ^ 1;
    return pieces.with(3, { sample, bytes: changed });
  });
  complains(spoiled, "listener", /differs from what was recorded at sample \d+/);
});

test("listener: a frame that was left out is named (R5)", () => {
  const spoiled = withHeard((pieces) => pieces.toSpliced(3, 1));
  complains(spoiled, "listener", /160 samples are missing, 0 were told/);
  const told = spoiled.listeners.map((heard) => ({ ...heard, lostFrames: 1 }));
  passes({ ...spoiled, listeners: told });
});

test("listener: a frame that was heard twice is named (R5)", () => {
  const spoiled = withHeard((pieces) => [...pieces.slice(0, 4), ...pieces.slice(3)]);
  complains(spoiled, "listener", /sample \d+ was heard twice/);
});

test("listener: an end without its reason, and a beginning that was none, are named (R5)", () => {
  const listeners = record.listeners.map((heard) => ({ ...heard, end: null }));
  complains({ ...record, listeners }, "listener", /was not told why it ended/);
  const asked = record.listeners.map((heard) => ({ ...heard, from: "beginning" as const }));
  complains({ ...record, listeners: asked }, "listener", /asked from the beginning, heard from/);
});

test("listener: an end that was not heard is named (R5)", () => {
  complains(
    withHeard((pieces) => pieces.slice(0, -1)),
    "listener",
    /was heard to sample \d+ of \d+ only/,
  );
});

test("listener: silence all along is named (R5)", () => {
  complains(
    withHeard(() => []),
    "listener",
    /heard nothing/,
  );
});

test("listener: somebody who hears what is not recorded is named", () => {
  const listeners = record.listeners.map((heard) => ({ ...heard, target: "unknown" }));
  complains({ ...record, listeners }, "listener", /unknown was heard and is not recorded/);
});

test("listener: voice that was heard during a pause is named (R21)", () => {
  const [heard] = record.listeners;
  const paused = record.recordings[0];
  assert.ok(heard !== undefined && paused?.audio);
  const from = Number(paused.journal.find(({ type }) => type === "pause")?.["fromSample"]);
  const voice = { ...heard, target: paused.recordingKey, fromSample: from };
  const listeners = [
    { ...voice, pieces: [{ sample: from, bytes: paused.audio.subarray(0, 1_600) }] },
  ];
  complains({ ...record, listeners }, "listener", /voice frame 0 was heard while paused/);
});

test("listener: voice of a resume that a crash took back from the disk may be heard (R21)", () => {
  const [heard] = record.listeners;
  const paused = record.recordings[0];
  assert.ok(heard !== undefined && paused?.audio);
  const from = Number(paused.journal.find(({ type }) => type === "pause")?.["fromSample"]);
  const pieces = [{ sample: from, bytes: paused.audio.subarray(0, 1_600) }];
  const listeners = [{ ...heard, target: paused.recordingKey, fromSample: from, pieces }];
  const told = /voice frame \d+ was heard while paused/;
  // Resumed, and killed before the disk had it: what was spoken after the resume may be heard.
  const leg = legOf(record, paused);
  const sentMs = leg?.frames[0]?.sentMs;
  assert.ok(leg !== null && sentMs !== undefined);
  const crash = { kind: "process", atMs: sentMs + 1_000 } as const;
  const isNamed = (toMs: number, life: RunRecord["life"]): boolean => {
    const pauses = [{ leg: leg.leg, fromMs: toMs - 10, toMs }];
    const complaints = listenerChecker.check({ ...record, listeners, life, pauses });
    return complaints.some((complaint) => told.test(complaint));
  };
  assert.ok(!isNamed(sentMs, [...record.life, crash]));
  assert.ok(isNamed(sentMs + 500, [...record.life, crash]), "spoken before the resume");
  assert.ok(isNamed(sentMs, record.life), "no crash took the resume back");
});

test("listener: voice that a crash took may stand where a pause is now, unless it was paused", () => {
  const [heard] = record.listeners;
  const subject = record.recordings[0];
  assert.ok(heard !== undefined && subject?.audio);
  const { audio } = subject;
  const leg = legOf(record, subject);
  const sentMs = leg?.frames[0]?.sentMs;
  assert.ok(leg !== null && sentMs !== undefined);
  const from = Number(subject.journal.find(({ type }) => type === "pause")?.["fromSample"]);
  const pieces = [{ sample: from, bytes: audio.subarray(0, 1_600) }];
  const listeners = [{ ...heard, target: subject.recordingKey, fromSample: from, pieces }];
  const begunAnew = { ...subject, audio: audio.subarray(1_600) };
  const isNamed = (atMs: number, pausedMs: number): boolean => {
    const recordings = record.recordings.map((one) => (one === subject ? begunAnew : one));
    const life = [...record.life, { kind: "process", atMs } as const];
    const pauses = [{ leg: leg.leg, fromMs: pausedMs, toMs: null }];
    const told = listenerChecker.check({ ...record, recordings, listeners, life, pauses });
    return told.some((text) => /voice frame \d+ was heard while paused/.test(text));
  };
  assert.equal(isNamed(sentMs + 300, sentMs + 400), false);
  assert.equal(isNamed(sentMs + 300, sentMs - 10), true, "it was paused then");
  assert.equal(isNamed(sentMs + 2_000, sentMs + 2_100), true, "a kill takes no more than 500 ms");
});

test("listener: the first frames may have been heard and lost to a kill, no others", () => {
  const [heard] = record.listeners;
  const subject = record.recordings.find(({ audio }) => audio !== null);
  const leg = subject === undefined ? null : legOf(record, subject);
  assert.ok(heard !== undefined && subject?.audio && leg !== null);
  const { audio } = subject;
  const pieces = [{ sample: 0, bytes: audio.subarray(0, 10 * 160) }];
  const listeners = [{ ...heard, target: subject.recordingKey, fromSample: 0, pieces }];
  const isNamed = (atMs: number, kind: "process" | "ready" = "process"): boolean => {
    const begunAnew = { ...subject, audio: audio.subarray(10 * 160) };
    const recordings = record.recordings.map((one) => (one === subject ? begunAnew : one));
    const life = [...record.life, { kind, atMs }] as const;
    const told = listenerChecker.check({ ...record, recordings, listeners, life });
    return told.some((text) => text.includes("differs from what was recorded"));
  };
  const lastMs = leg.frames[9]?.sentMs ?? NaN;
  assert.equal(isNamed(lastMs + 10), false);
  assert.equal(isNamed(lastMs + 10, "ready"), true, "nobody was killed");
  assert.equal(isNamed(lastMs + 1_000), true, "a kill takes no more than 500 ms");
});

// -- expectations, vcm, quiet ------------------------------------------------------------------

function expecting(expects: NonNullable<RunRecord["scenario"]["expects"]>): RunRecord {
  return { ...record, scenario: { ...record.scenario, expects } };
}

test("expectations: another number of recordings is named", () => {
  complains(expecting({ recordings: [] }), "expectations", /2 recordings, expected 0/);
});

test("expectations: each wrong field is named", () => {
  const spoiled = expecting({ recordings: [{ outcome: "failed" }, { part: 2 }] });
  complains(
    spoiled,
    "expectations",
    /recording 1: outcome is ok, expected failed; recording 2: part is 1/,
  );
});

test("expectations: a failed part that did not fail is named", () => {
  complains(
    expecting({ failedParts: ["no-invite"] }),
    "expectations",
    /failed parts: none; expected no-invite/,
  );
});

test("vcm: more channels than there are are named (R16)", () => {
  const vcm = [...record.truth.vcm, { atMs: 5, used: 31, available: 30 }];
  complains({ ...record, truth: { ...record.truth, vcm } }, "vcm", /31 of 30 VCM channels at 5 ms/);
});

test("quiet: what is left over is named", () => {
  complains(
    { ...record, leftovers: ["timer 7 media.tick"] },
    "quiet",
    /left over: timer 7 media\.tick/,
  );
});

/** Recorded from the hold on; that the call is taken up again nobody tells. */
const untold = await recordOf(
  scenario({
    name: "test/untold",
    title: "A held call is recorded, and its retrieval is dropped",
    proves: ["T1"],
    async story({ caller, agent, talk, oddities }) {
      const alice = agent("2001");
      await alice.isPrivate(true);
      await caller().calls("2001");
      await alice.answers();
      await alice.holds();
      await alice.isPrivate(false);
      await alice.isBeingRecorded();
      await talk({ seconds: 2 });
      oddities.devlink3.dropEvents = 1;
      await alice.retrieves();
      oddities.devlink3.dropEvents = 0;
      await talk({ seconds: 6 });
      await alice.hangsUp();
    },
    expects: { failedParts: ["privacy"] },
  }),
);

test("association: a retrieval that nobody told leaves the call held; one that was told does not", () => {
  passes(untold);
  const retrieved = untold.truth.conversations[0]?.events.find(({ kind }) => kind === "retrieved");
  assert.ok(retrieved !== undefined && (recordingAt(untold, 0).audio?.length ?? 0) > 40_000);
  const told = (title: string, afterMs: number): RunRecord => {
    const atMs = retrieved.atMs + afterMs;
    const record = { atMs, direction: "out", remote: "192.0.2.10:1", title, text: "" } as const;
    return { ...untold, devlink3: [...untold.devlink3, record] };
  };
  const text = /is tied to no event in which somebody talks/;
  complains(told("Event Detail call 1", 0), "association", text);
  passes(told("Event Detail call 1", -1));
  passes(told("Event Detail call 9", 0));
  const endMs = untold.truth.conversations[0]?.legs.at(-1)?.endedMs ?? assert.fail();
  const stalled = (fromMs: number, toMs: number): RunRecord => {
    const whole = told("Event Detail call 1", 0);
    // The next test has a recorder that leaves its stream.
    const devlink3 = whole.devlink3.filter(
      ({ title, atMs }) => atMs < retrieved.atMs || !title.startsWith("Event request"),
    );
    const stall = { atMs: fromMs, text: 'streams {"stalled":true}', isHealing: false };
    const heal = { atMs: toMs, text: "streams null", isHealing: true };
    const faults = [stall, heal].map((fault) => ({ ...fault, isMoment: false }));
    return { ...whole, devlink3, faults: [...whole.faults, ...faults] };
  };
  passes(stalled(retrieved.atMs, endMs));
  complains(stalled(retrieved.atMs, endMs - 1), "association", text);
  complains(stalled(retrieved.atMs + 1, endMs), "association", text);
});

test("association: what was stuck when the recorder left its stream for another is not told", () => {
  const retrieved = untold.truth.conversations[0]?.events.find(({ kind }) => kind === "retrieved");
  const { atMs } = retrieved ?? assert.fail();
  const healedMs = atMs + 500;
  const remote = "192.0.2.10:1";
  const line = { direction: "out", remote, title: "Event Detail call 1", text: "" } as const;
  const stall = { atMs, text: 'streams {"stalled":true}', isHealing: false, isMoment: false };
  const heal = { atMs: healedMs, text: "streams null", isHealing: true, isMoment: false };
  const asks = (from: string, afterMs: number, title = "Event request -SIPTrack") =>
    ({ direction: "in", remote: from, atMs: healedMs + afterMs, title, text: "" }) as const;
  const left = (sentMs: number, heard: RunRecord["devlink3"]): RunRecord => ({
    ...untold,
    faults: [...untold.faults, stall, heal],
    devlink3: [...untold.devlink3, { ...line, atMs: sentMs }, ...heard],
  });
  const back = asks("192.0.2.10:2", 900);
  passes(left(atMs, [back]));
  passes(left(healedMs + 1, [asks(remote, 1, "Recording STOP x"), back]));
  const text = /is tied to no event in which somebody talks/;
  complains(left(atMs, []), "association", text);
  complains(left(healedMs + 100, [back]), "association", text);
  complains(left(atMs, [asks(remote, 100, "Recording STOP x"), back]), "association", text);
  complains(left(atMs, [asks("192.0.2.10:2", 1_600)]), "association", text);
  complains(left(atMs, [asks("192.0.2.10:2", 900, "Auth request recorder")]), "association", text);
});

test("association: nobody told of a retrieval before the recorder took the call either", () => {
  const withRetrieval = (atMs: number): RunRecord => {
    const conversations = untold.truth.conversations.map((conversation) => ({
      ...conversation,
      events: conversation.events.map((event) =>
        event.kind === "retrieved" ? { ...event, atMs } : event,
      ),
    }));
    return { ...untold, truth: { ...untold.truth, conversations } };
  };
  const events = untold.truth.conversations[0]?.events ?? [];
  const heldMs = events.find(({ kind }) => kind === "held")?.atMs ?? assert.fail();
  const title = "Event Detail call 1";
  const told = {
    atMs: heldMs + 2,
    direction: "out",
    remote: "192.0.2.10:1",
    title,
    text: "",
  } as const;
  const since = untold.devlink3.findLast((line) => line.title === title)?.atMs ?? assert.fail();
  passes(withRetrieval(since + 1));
  const early = withRetrieval(heldMs + 1);
  const toldEarly = { ...early, devlink3: [...early.devlink3, told] };
  complains(toldEarly, "association", /is tied to no event in which somebody talks/);
});

test("association: nobody is heard while it rings before a hold; another event is no such excuse", () => {
  const withKind = (kind: string, record: RunRecord): RunRecord =>
    withJournal(record, 0, (journal) =>
      journal.flatMap((line) => {
        if (line.type !== "event") return [line];
        return [{ ...line, eventId: "c0a80a01-1-9", kind, toSample: 0 }, line];
      }),
    );
  passes(withKind("ringing", untold));
  const checked = check(withKind("transferred", untold));
  const told = checked.find(({ name }) => name === "association")?.detail ?? "";
  assert.match(told, /is tied to no event in which somebody talks/);
  const transferred = withJournal(untold, 0, (journal) =>
    journal.flatMap((line) =>
      line.type === "event" ? [line, { ...line, kind: "transferred" }] : [line],
    ),
  );
  passes(transferred);
});
