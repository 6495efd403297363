// lives: what a crash excuses of the call that it hit, it excuses of no other; and of that one no
// more than what the process could not know.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import type { TruthConversation } from "@tapeline/simulator/pbx";
import type { JournalEntry, RunRecord } from "../../src/record/run-record.ts";
import { check } from "../../src/run-scenario.ts";
import { passes, recordingAt, recordOf, unaccounted, withJournal } from "./spoiled-run.ts";

/** A crash two seconds before a call that is listened to. */
const before = unaccounted(
  await recordOf(
    scenario({
      name: "test/crash-before",
      title: "A crash just before a call",
      proves: ["T1"],
      async story({ caller, agent, talk, recorder, supervisor, until }) {
        await recorder.crashes();
        await recorder.restarts();
        const alice = agent("2001");
        await caller().calls("2001");
        await alice.answers();
        await alice.isBeingRecorded();
        const listener = await supervisor.listensTo(alice);
        await talk({ seconds: 2 });
        await alice.hangsUp();
        await until("the listener is told of the end", () => listener.hasEnded());
      },
    }),
  ),
);

/** A crash in the middle of a call to which nothing else happens meanwhile. */
const meanwhile = unaccounted(
  await recordOf(
    scenario({
      name: "test/crash-meanwhile",
      title: "A crash while two people talk",
      proves: ["T1"],
      async story({ caller, agent, talk, recorder }) {
        const alice = agent("2001");
        await caller().calls("2001");
        await alice.answers();
        await alice.isBeingRecorded();
        await talk({ seconds: 5 });
        await recorder.crashes();
        await recorder.restarts();
        await talk({ seconds: 6 });
        await alice.hangsUp();
      },
    }),
  ),
);

/** A consultation becomes a conference while the recorder is down; its INVITE comes after that. */
const conferred = unaccounted(
  await recordOf(
    scenario({
      name: "test/crash-conference",
      title: "A consultation that the recorder knows as a conference",
      proves: ["T1"],
      async story({ caller, agent, talk, recorder, oddities }) {
        const outside = caller();
        const [alice, bob] = [agent("2001"), agent("2002")];
        await outside.calls("2001");
        await alice.answers();
        await alice.isBeingRecorded();
        await alice.consults("2002");
        oddities.sip.inviteDelayMs = 3_000;
        await bob.answers();
        await talk({ seconds: 1 });
        await recorder.crashes();
        await alice.confers();
        await recorder.restarts();
        await alice.isBeingRecorded();
        await talk({ seconds: 5 });
        await outside.hangsUp();
        await alice.hangsUp();
      },
    }),
  ),
);

function complaintsOf(record: RunRecord, checker: string): string {
  return check(record).find(({ name }) => name === checker)?.detail ?? "";
}

function withLines(
  record: RunRecord,
  type: string,
  change: (line: JournalEntry) => Partial<JournalEntry>,
): RunRecord {
  return withJournal(record, 0, (journal) =>
    journal.map((line) => (line.type === type ? { ...line, ...change(line) } : line)),
  );
}

function withConversation(
  record: RunRecord,
  change: (one: TruthConversation) => Partial<TruthConversation>,
): RunRecord {
  const conversations = record.truth.conversations.map((one) => ({ ...one, ...change(one) }));
  return { ...record, truth: { ...record.truth, conversations } };
}

function readyMs(record: RunRecord): number {
  return record.life.findLast(({ kind }) => kind === "ready")?.atMs ?? assert.fail("never ready");
}

/** The 200 to the INVITE is said once more, so much after the last start. */
function withAnswerAgain(record: RunRecord, afterMs: number): RunRecord {
  const answer = record.fates.find(({ data }) =>
    /^SIP\/2\.0 200 [^]*CSeq: \d+ INVITE/.test(Buffer.from(data).toString("latin1")),
  );
  assert.ok(answer !== undefined);
  const sentMs = readyMs(record) + afterMs;
  return { ...record, fates: [...record.fates, { ...answer, sentMs, arrivalsMs: [sentMs + 1] }] };
}

/** The recorder describes itself once more, so much after the last start. */
function withDescription(
  record: RunRecord,
  { version, afterMs }: { readonly version: number; readonly afterMs: number },
): RunRecord {
  const again = withAnswerAgain(record, afterMs);
  const fate = again.fates.at(-1) ?? assert.fail("no answer");
  const text = Buffer.from(fate.data).toString("latin1");
  const data = Buffer.from(text.replace(/^(o=\S+ \S+) 1 /m, `$1 ${version} `), "latin1");
  assert.ok(version === 1 || !data.equals(fate.data));
  return { ...again, fates: [...again.fates.slice(0, -1), { ...fate, data }] };
}

test("all runs pass as they are", () => {
  passes(before);
  passes(meanwhile);
  passes(conferred);
});

test("a crash before the request was made is no reason for a wrong tie (42c7281)", () => {
  const { atMs } = before.life.find(({ kind }) => kind === "process") ?? assert.fail();
  const [leg] = before.truth.conversations[0]?.legs ?? [];
  assert.ok(leg !== undefined && leg.askedMs > atMs && leg.invitedMs - atMs < 5_000);
  for (const [change, text] of [
    [{ extension: "2009" }, /is tied to 2009, spoken at 2001/],
    [{ endId: "c0a80a0100009999" }, /is tied to end c0a80a0100009999/],
    [{ part: null }, /has the part null/],
    [{ rung: "orphan" }, /is an orphan although the recorder asked for it/],
  ] as const) {
    assert.match(
      complaintsOf(
        withLines(before, "association", () => change),
        "association",
      ),
      text,
    );
  }
});

test("who parked before the request was made is at the end that was asked for (0d54f5d)", () => {
  const spoiled = withLines(before, "association", () => ({ endId: "c0a80a0100009999" }));
  const parked = withConversation(spoiled, ({ events, legs }) => ({
    events: [{ kind: "parked", party: "2001", atMs: (legs[0]?.askedMs ?? 0) - 1_500 }, ...events],
  }));
  assert.match(complaintsOf(parked, "association"), /is tied to end c0a80a0100009999/);
});

test("a crash of before leaves sample 0, SDP versions and listeners of a later call as they are", () => {
  const shifted = withLines(before, "media", ({ sample }) => ({ sample: sample + 160 }));
  assert.match(complaintsOf(shifted, "audio"), /its first packet stands at sample 160/);
  const [leg] = before.truth.conversations[0]?.legs ?? [];
  const leap = {
    ...before,
    violations: [`${leg?.sipCallId}: SDP answer moves the version by 999`],
  };
  assert.match(complaintsOf(leap, "sip"), /moves the version by 999/);
  const listeners = before.listeners.map((heard) => ({ ...heard, end: null }));
  assert.match(complaintsOf({ ...before, listeners }, "listener"), /was not told why it ended/);
});

test("after a crash the first description leaps, so far as the wire shows and no other does", () => {
  const { sipCallId } = meanwhile.truth.conversations[0]?.legs[0] ?? assert.fail("no leg");
  const told = (record: RunRecord, moves: string): string =>
    complaintsOf({ ...record, violations: [`${sipCallId}: SDP answer ${moves}`] }, "sip");
  const leapt = withDescription(meanwhile, { version: 999, afterMs: 3_000 });
  assert.doesNotMatch(told(leapt, "moves the version by 998"), /version/);
  assert.doesNotMatch(told(leapt, "changes by 998 versions instead of one"), /versions/);
  const saidAgain = withDescription(withDescription(meanwhile, { version: 1, afterMs: 1_000 }), {
    version: 999,
    afterMs: 3_000,
  });
  assert.doesNotMatch(told(saidAgain, "moves the version by 998"), /version/);
  assert.match(told(leapt, "moves the version by 997"), /by 997/);
  assert.match(told(meanwhile, "moves the version by 998"), /by 998/);
  const beforeIt = withDescription(meanwhile, { version: 999, afterMs: -3_000 });
  assert.match(told(beforeIt, "moves the version by 998"), /by 998/);
  const second = withDescription(withDescription(meanwhile, { version: 1_000, afterMs: 1_000 }), {
    version: 1_998,
    afterMs: 3_000,
  });
  assert.match(told(second, "moves the version by 998"), /by 998/);
  const far = withDescription(meanwhile, { version: 2_001, afterMs: 3_000 });
  assert.match(told(far, "moves the version by 2000"), /by 2000/);
  const same = withDescription(meanwhile, { version: 1, afterMs: 3_000 });
  assert.match(told(same, "changes by 0 versions instead of one"), /by 0/);
});

test("parts of a call to which nothing happened during a crash are numbered as ever", () => {
  const spoiled = withLines(meanwhile, "association", () => ({ part: 3 }));
  assert.match(complaintsOf(spoiled, "association"), /parts of conversation 1: 3 are not in order/);
  const callKey = recordingAt(spoiled, 0).journal.find(({ type }) => type === "association")?.[
    "callKey"
  ];
  const discard = (part: number) => ({ type: "discard", callKey, part });
  const told = { ...spoiled, calls: [discard(1), discard(2)] };
  assert.doesNotMatch(complaintsOf(told, "association"), /not in order/);
  const calls = [discard(1), { ...discard(2), callKey: "c0a80a01-9-1767600000018" }];
  assert.match(complaintsOf({ ...spoiled, calls }, "association"), /are not in order/);
  // A part that failed stands in the call's row alone, which a crash may have come before.
  const rowless = { ...spoiled, calls: [] };
  assert.doesNotMatch(complaintsOf(rowless, "association"), /not in order/);
  const ready = rowless.life.filter(({ kind }) => kind === "ready");
  assert.match(complaintsOf({ ...rowless, life: ready }, "association"), /are not in order/);
});

test("a call that somebody talked in is not excused as one that was held all along (fa0b01e)", () => {
  const spoiled = withLines(before, "event", () => ({ kind: "held" }));
  assert.match(complaintsOf(spoiled, "association"), /tied to no event in which somebody talks/);
});

test("an answer whose ACK the journal must hold is not said again after a crash (ebda40b)", () => {
  const spoiled = withAnswerAgain(meanwhile, 500);
  assert.match(complaintsOf(spoiled, "sip"), /is said again although it was acknowledged/);
});

test("what a new process says again goes by the timers too (ebda40b)", () => {
  const isAck = (data: Uint8Array): boolean => Buffer.from(data.subarray(0, 4)).equals(ACK);
  const fates = meanwhile.fates.filter(({ data }) => !isAck(data));
  const again = [0, 90].reduce(withAnswerAgain, { ...meanwhile, fates });
  assert.match(complaintsOf(again, "sip"), /is said again after 90 ms, out of turn/);
});

const ACK = Buffer.from("ACK ");

test("a request that had time to be answered before a crash is missed (sip)", () => {
  const [leg] = before.truth.conversations[0]?.legs ?? [];
  const isAnswer = (data: Uint8Array): boolean =>
    /^SIP\/2\.0 200 [^]*CSeq: \d+ INVITE/.test(Buffer.from(data).toString("latin1"));
  const fates = before.fates.filter(({ data }) => !isAnswer(data));
  const killedAfter = (ms: number): RunRecord => {
    const atMs = (leg?.invitedMs ?? 0) + ms;
    const life = [
      ...before.life,
      { kind: "process", atMs } as const,
      { kind: "ready", atMs } as const,
    ];
    return { ...before, fates, life };
  };
  assert.match(
    complaintsOf(killedAfter(800), "sip"),
    /INVITE \(CSeq \d+\) of \S+ was never answered/,
  );
  assert.doesNotMatch(complaintsOf(killedAfter(300), "sip"), /was never answered/);
});

test("a power cut hides nothing that was on the wire before it (sip)", () => {
  const crash = meanwhile.life.findIndex(({ kind }) => kind === "process");
  const life = meanwhile.life.with(crash, {
    kind: "power",
    atMs: (meanwhile.truth.conversations[0]?.legs[0]?.invitedMs ?? 0) + 4_000,
  });
  const fates = meanwhile.fates.map((fate) => {
    const text = Buffer.from(fate.data).toString("latin1");
    const isAnswer = /^SIP\/2\.0 200 [^]*CSeq: \d+ INVITE/.test(text);
    return isAnswer
      ? { ...fate, data: Buffer.from(text.replace(/^Contact: .*\r\n/m, ""), "latin1") }
      : fate;
  });
  assert.match(complaintsOf({ ...meanwhile, life, fates }, "sip"), /has no Contact/);
});

test("a leg of a consultation is tied to the conference that took it in, and to no other call", () => {
  const tied = recordingAt(conferred, 1).journal.findLast(({ type }) => type === "association");
  const [first, second] = conferred.truth.conversations;
  const [leg] = second?.legs ?? [];
  assert.ok(first !== undefined && leg !== undefined);
  const callId = Number(String(tied?.["deviceCallId"]).split("-")[1]);
  assert.ok(first.callIds.includes(callId) && !second?.callIds.includes(callId));
  const apart = withConversation(conferred, ({ callIds }) => ({
    callIds: callIds.filter((id) => id !== leg.callId),
  }));
  assert.match(complaintsOf(apart, "association"), /the device call \S+, which is another one/);
  const unborn = Math.max(...first.callIds) + 1;
  const spoiled = withJournal(conferred, 1, (journal) =>
    journal.map((line) =>
      line.type === "association" ? { ...line, deviceCallId: `c0a80a01-${unborn}` } : line,
    ),
  );
  assert.match(complaintsOf(spoiled, "association"), /the device call \S+, which is another one/);
});

/** The last request and its answer, under another number, at times after the crash. */
function withRequestAgain(record: RunRecord, atMs: number, answeredAtMs: number | null): RunRecord {
  const textOf = (data: Uint8Array): string => Buffer.from(data).toString("latin1");
  const again = (start: RegExp, sentMs: number) => {
    const fate = record.fates.find(({ data }) => start.test(textOf(data)));
    assert.ok(fate !== undefined);
    const text = textOf(fate.data).replace(/CSeq: \d+ \w+/, "CSeq: 999 INVITE");
    const data = Buffer.from(text, "latin1");
    return { ...fate, data, sentMs, arrivalsMs: [sentMs] };
  };
  const answer = /^SIP\/2\.0 200 [^]*CSeq: \d+ INVITE/;
  const answers = answeredAtMs === null ? [] : [again(answer, answeredAtMs)];
  return { ...record, fates: [...record.fates, again(/^INVITE /, atMs), ...answers] };
}

test("a request before its dialog is read back may be put off; one that was answered may not", () => {
  const crash = meanwhile.life.findIndex(({ kind }) => kind === "process");
  const downMs = meanwhile.life[crash]?.atMs ?? assert.fail("never down");
  const life = meanwhile.life.with(crash + 1, { kind: "ready", atMs: downMs + 3_000 });
  const told = (atMs: number, answeredAtMs: number | null = null): string =>
    complaintsOf(withRequestAgain({ ...meanwhile, life }, downMs + atMs, answeredAtMs), "journal");
  const missing = /does not hold the INVITE \(CSeq 999\) of the wire/;
  assert.doesNotMatch(told(2_900), missing);
  assert.match(told(3_100), missing, "a process was ready");
  assert.match(told(-2_000), missing, "the process that was killed had time to write it down");
  assert.match(told(2_900, downMs + 2_950), missing, "it was not put off: it was answered");
});
