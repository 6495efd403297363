// sip and its parts: answers, repeats and requests of the recorder, spoiled on the wire one at a
// time (RFC 3261 §8.2.6, §12.2.1.1, §13.3.1.4).
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import type { DatagramFate } from "@tapeline/simulator/world";
import { checkRepeats } from "../../src/checkers/sip-repeats.ts";
import { wireMessages } from "../../src/checkers/sip-wire.ts";
import { sipChecker } from "../../src/checkers/sip.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import { complains, passes, recordOf, unaccounted } from "./spoiled-run.ts";

/** Two ACKs are lost, so that the 200 is said three times; the recorder refreshes the session. */
const record = await recordOf(
  scenario({
    name: "test/lost-ack",
    title: "Two lost ACKs, and a refresh by the recorder",
    proves: ["T1"],
    async story({ caller, agent, talk, oddities }) {
      oddities.sip.loseAcks = 2;
      oddities.sip.sessionExpires = { seconds: 90, refresher: "recorder" };
      const outside = caller();
      const alice = agent("2001");
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 50 });
      await alice.hangsUp();
    },
  }),
);

const decoder = new TextDecoder("latin1");
const encoder = new TextEncoder();

function textOf(fate: DatagramFate): string {
  return (fate.data[0] ?? 0) >= 0x41 && (fate.data[0] ?? 0) <= 0x5a
    ? decoder.decode(fate.data)
    : "";
}

/** Index of the nth datagram whose text matches. */
function find(pattern: RegExp, nth = 0): number {
  const found = record.fates.flatMap((fate, index) => (pattern.test(textOf(fate)) ? [index] : []));
  return found.at(nth) ?? assert.fail(`no datagram like ${pattern.source}`);
}

const ANSWER = /^SIP\/2\.0 200 [\s\S]*CSeq: \d+ INVITE/;
const BYE_ANSWER = /^SIP\/2\.0 200 [\s\S]*CSeq: \d+ BYE/;
const UPDATE = /^UPDATE /;

function withFate(index: number, change: Partial<DatagramFate>): RunRecord {
  const fate = record.fates[index];
  assert.ok(fate !== undefined);
  return { ...record, fates: record.fates.with(index, { ...fate, ...change }) };
}

/** All datagrams that match say something else, and the journal agrees with them. */
function withText(pattern: RegExp, change: (text: string) => string): RunRecord {
  const changes = new Map<string, string>();
  const fates = record.fates.map((fate) => {
    const text = textOf(fate);
    if (!pattern.test(text)) return fate;
    changes.set(text, change(text));
    return { ...fate, data: encoder.encode(change(text)) };
  });
  assert.ok(changes.size > 0, `no datagram like ${pattern.source}`);
  const journalOf = (journal: RunRecord["recordings"][number]["journal"]) =>
    journal.map((line) =>
      line.type === "sip"
        ? { ...line, text: changes.get(String(line["text"])) ?? line["text"] }
        : line,
    );
  const recordings = record.recordings.map((recording) => ({
    ...recording,
    journal: journalOf(recording.journal),
    stored: recording.stored.map((copy) => ({ ...copy, journal: journalOf(copy.journal) })),
  }));
  return { ...record, fates, recordings };
}

test("an unspoiled run passes", () => passes(record));

test("a BYE that is never answered is named", () => {
  const spoiled = {
    ...record,
    fates: record.fates.filter((fate) => !BYE_ANSWER.test(textOf(fate))),
    recordings: [],
    truth: { ...record.truth, conversations: [] },
    catalog: [],
  };
  complains(unaccounted(spoiled), "sip", /BYE \(CSeq \d+\) of \S+ was never answered/);
});

test("a 200 to INVITE without Contact is named", () => {
  const spoiled = withText(ANSWER, (text) => text.replace(/^Contact:.*\r\n/m, ""));
  complains(spoiled, "sip", /200 to INVITE \(CSeq \d+\) has no Contact/);
});

test("a 200 without a tag in To is named", () => {
  const spoiled = withText(BYE_ANSWER, (text) => text.replace(/^(To:.*);tag=[^;\r]+/m, "$1"));
  complains(spoiled, "sip", /200 to BYE \(CSeq \d+\) has no To tag/);
});

test("an answer with another Call-ID than its request is named", () => {
  const spoiled = withText(BYE_ANSWER, (text) => text.replace(/^Call-ID: /m, "Call-ID: x"));
  complains(spoiled, "sip", /200 to BYE \(CSeq \d+\) does not repeat the Call-ID of its request/);
});

test("an answer to nothing is named", () => {
  const spoiled = withText(BYE_ANSWER, (text) => text.replace(/branch=[^;\r]+/, "branch=z9hG4bKx"));
  complains(spoiled, "sip", /200 to BYE \(CSeq \d+\) answers no request that had arrived/);
});

test("a second final answer of another status is named", () => {
  const index = find(BYE_ANSWER);
  const fate = record.fates[index];
  assert.ok(fate !== undefined);
  const data = encoder.encode(textOf(fate).replace("200 OK", "481 Gone"));
  const spoiled = { ...record, fates: record.fates.toSpliced(index + 1, 0, { ...fate, data }) };
  // The journal does not hold it either.
  assert.throws(() => passes(spoiled), /481 to BYE \(CSeq \d+\) comes after the final answer 200/);
});

test("different To tags in the answers to one INVITE are named", () => {
  const index = find(ANSWER, 1);
  const fate = record.fates[index];
  assert.ok(fate !== undefined);
  const text = textOf(fate).replace(/^(To:.*;tag=)[^;\r]+/m, "$1other");
  const spoiled = withFate(index, { data: encoder.encode(text) });
  assert.throws(() => passes(spoiled), /was answered with 2 different To tags/);
});

test("a 200 that is not repeated although no ACK came is named (RFC 3261 §13.3.1.4)", () => {
  const spoiled = { ...record, fates: record.fates.toSpliced(find(ANSWER, 1), 1) };
  complains(spoiled, "sip", /200 to INVITE \(CSeq \d+\) is not said again after 500 ms/);
});

test("a repeat that waits for a stalled stream when the power fails is not owed; another one is", () => {
  const wire = wireMessages(record);
  const said = wire.find((one) => one.from === "recorder" && one.status === 200);
  const answer = said ?? assert.fail("no answer");
  const { sentMs } = answer;
  const told = (transport: "tcp" | "udp", stalledMs: number, powerMs: number): string => {
    const text = 'streams {"stalled":true}';
    const faults = [{ atMs: sentMs + stalledMs, text, isHealing: false, isMoment: false }];
    const life = [{ kind: "power", atMs: sentMs + powerMs } as const];
    return checkRepeats({ ...record, faults, life }, [{ ...answer, transport }]).join();
  };
  assert.equal(told("tcp", 400, 1_000), "");
  assert.match(told("udp", 400, 1_000), /is not said again after 500 ms/);
  assert.match(told("tcp", 600, 1_000), /is not said again after 500 ms/);
  assert.match(told("tcp", 400, 5_000), /is not said again after 500 ms/);
});

test("an ACK that the network has changed may end the repeats; a lost one, or another's, may not", () => {
  const [second, third] = [find(ANSWER, 1), find(ANSWER, 2)];
  const first = record.fates[find(ANSWER)] ?? assert.fail("no answer");
  const ack = record.fates[find(/^ACK /)] ?? assert.fail("no ACK");
  const told = (change: Partial<DatagramFate>): string => {
    const early = { ...ack, sentMs: first.sentMs + 1, arrivalsMs: [first.sentMs + 2], ...change };
    const fates = record.fates
      .map((fate) => (fate === ack ? early : fate))
      .filter((_, index) => index !== second && index !== third);
    return sipChecker.check({ ...record, fates }).join();
  };
  const again = /200 to INVITE \(CSeq \d+\) is not said again/;
  assert.doesNotMatch(told({ corrupted: true }), again);
  assert.match(told({ corrupted: true, arrivalsMs: [] }), again);
  assert.match(told({ corrupted: true, arrivalsMs: [first.sentMs + 600] }), again);
  const data = encoder.encode(textOf(ack).replace(/^CSeq: /m, "CSeq: 9"));
  assert.match(told({ corrupted: true, data }), again);
});

test("a 200 that is repeated after the ACK is named", () => {
  const last = record.fates[find(ANSWER, -1)];
  assert.ok(last !== undefined);
  const again = { ...last, sentMs: last.sentMs + 4_000, arrivalsMs: [last.sentMs + 4_001] };
  const spoiled = { ...record, fates: [...record.fates, again] };
  complains(
    spoiled,
    "sip",
    /200 to INVITE \(CSeq \d+\) is said again although it was acknowledged/,
  );
});

/** As on real sockets, where nobody sees when the recorder reads; one more 200 is said at `atMs`. */
function liveRepeat(atMs: number): readonly string[] {
  const answer = record.sip.find(({ text }) => ANSWER.test(text)) ?? assert.fail("no 200");
  const sip = [...record.sip, { ...answer, atMs }].sort((one, other) => one.atMs - other.atMs);
  const complaints = sipChecker.check({ ...record, mode: "live", fates: [], sip });
  return complaints.filter((text) => text.includes("acknowledged"));
}

test("live, a 200 may be repeated until it shows that the ACK has been read, no longer", () => {
  const firstMs = record.sip.find(({ text }) => ANSWER.test(text))?.atMs ?? NaN;
  // The third repeat, while the ACK may lie unread in the socket of a busy machine.
  assert.deepEqual(liveRepeat(firstMs + 3_500), []);
  const byeMs = record.sip.find(({ text }) => BYE_ANSWER.test(text))?.atMs ?? NaN;
  assert.match(liveRepeat(byeMs + 1_000).join(), /200 to INVITE .* although it was acknowledged/);
});

test("a 200 that is repeated out of turn is named", () => {
  const index = find(ANSWER, 1);
  const sentMs = (record.fates[index]?.sentMs ?? 0) - 200;
  const spoiled = withFate(index, { sentMs });
  complains(spoiled, "sip", /is said again after 300 ms, out of turn/);
});

for (const [what, change, text] of [
  [
    "Max-Forwards",
    (from: string) => from.replace(/^Max-Forwards:.*\r\n/m, ""),
    /has no Max-Forwards/,
  ],
  [
    "the tag of From",
    (from: string) => from.replace(/^(From:.*;tag=)[^;\r]+/m, "$1x"),
    /another From tag/,
  ],
  [
    "the tag of To",
    (from: string) => from.replace(/^(To:.*;tag=)[^;\r]+/m, "$1x"),
    /another To tag/,
  ],
  ["the magic cookie", (from: string) => from.replace(/branch=z9hG4bK/, "branch="), /magic cookie/],
  [
    "its method in CSeq",
    (from: string) => from.replace(/ UPDATE\r\n/, " BYE\r\n"),
    /the CSeq of a BYE/,
  ],
  [
    "its length",
    (from: string) => from.replace(/^Content-Length: /m, "Content-Length: 9"),
    /wrong Content-Length/,
  ],
  [
    "its target",
    (from: string) => from.replace(/^UPDATE sip:/, "UPDATE sip:x"),
    /not to the IP Office's Contact/,
  ],
  ["its Contact", (from: string) => from.replace(/^Contact:.*\r\n/m, ""), /has no Contact/],
] as const) {
  test(`a request of the recorder that is wrong in ${what} is named`, () => {
    const spoiled = withText(UPDATE, change);
    assert.throws(
      () => passes(spoiled),
      (error: unknown) => error instanceof assert.AssertionError && text.test(error.message),
    );
  });
}

test("what the IP Office itself complains of is passed on", () => {
  complains({ ...record, violations: ["BYE was answered with 500"] }, "sip", /answered with 500/);
});

test("an answer that the network has changed is nobody's fault; the same from the recorder is", () => {
  const { from } = record.fates[find(BYE_ANSWER)] ?? assert.fail("no answer");
  const violations = [`${from.host}:${from.port} sends what is no SIP message: bad-header`];
  complains({ ...record, violations }, "sip", /no SIP message/);
  const changed = { ...withFate(find(BYE_ANSWER), { corrupted: true }), violations };
  assert.doesNotMatch(sipChecker.check(changed).join(), /no SIP message/);
});

test("an answer that was changed on the way was an answer; its own faults are still its own", () => {
  const changed = withFate(find(BYE_ANSWER), { corrupted: true });
  passes(changed);
  const answer = record.fates[find(BYE_ANSWER)] ?? assert.fail("no answer");
  const [, callId = ""] = /^Call-ID: (\S+)/im.exec(textOf(answer)) ?? [];
  const unread = [`${callId}: 200 to BYE has a To that cannot be read`];
  passes({ ...changed, violations: unread });
  complains({ ...record, violations: unread }, "sip", /To that cannot be read/);
  const other = [`${callId}: 200 to INVITE has a To that cannot be read`];
  complains({ ...changed, violations: other }, "sip", /200 to INVITE has a To/);
  const elsewhere = [`another@192.0.2.1: 200 to BYE has a To that cannot be read`];
  complains({ ...changed, violations: elsewhere }, "sip", /another@192.0.2.1: 200 to BYE/);
});

test("a header that the network has spoilt is nobody's fault; one that was never there is", () => {
  const answer = record.fates[find(BYE_ANSWER)] ?? assert.fail("no answer");
  const [, callId = ""] = /^Call-ID: (\S+)/im.exec(textOf(answer)) ?? [];
  const told = (of: RunRecord, violation: string): string =>
    sipChecker.check({ ...of, violations: [violation] }).join();
  const changed = withFate(find(BYE_ANSWER), { corrupted: true });
  assert.doesNotMatch(told(changed, `${callId}: a 200 lacks CSeq`), /lacks/);
  const sender = `${answer.from.host}:${answer.from.port}`;
  assert.doesNotMatch(told(changed, `${sender}: a 200 lacks Call-ID`), /lacks/);
  assert.match(told(record, `${callId}: a 200 lacks CSeq`), /a 200 lacks CSeq/);
  assert.match(told(record, `${sender}: a 200 lacks Call-ID`), /a 200 lacks Call-ID/);
  assert.match(told(changed, `${callId}: a 100 lacks CSeq`), /a 100 lacks CSeq/);
  assert.match(told(changed, `other@192.0.2.1: a 200 lacks CSeq`), /a 200 lacks CSeq/);
  assert.match(told(changed, `${callId}: BYE lacks CSeq`), /BYE lacks CSeq/);
  const data = encoder.encode(textOf(answer).replace(/^CSeq:.*\r\n/m, ""));
  const without = withFate(find(BYE_ANSWER), { corrupted: true, data });
  assert.match(told(without, `${callId}: a 200 lacks CSeq`), /a 200 lacks CSeq/);
  const lost = withFate(find(BYE_ANSWER), { corrupted: true, arrivalsMs: [] });
  assert.match(told(lost, `${callId}: a 200 lacks CSeq`), /a 200 lacks CSeq/);
});

test("an answer to our request that the network has changed may be taken; one that is lost may not", () => {
  const answer = find(/^SIP\/2\.0 200 [\s\S]*CSeq: \d+ UPDATE/);
  const told = (of: RunRecord): string => sipChecker.check(of).join();
  assert.doesNotMatch(told(withFate(answer, { corrupted: true })), /is not said again/);
  const lost = { corrupted: true, arrivalsMs: [] };
  assert.match(told(withFate(answer, lost)), /UPDATE .* is not said again after 500 ms/);
});

test("a request that was changed on the way may be refused; one that was not may not", () => {
  const bye = find(/^BYE /);
  const text = textOf(record.fates[find(BYE_ANSWER)] ?? assert.fail("no answer"));
  const [, callId = ""] = /^Call-ID: (\S+)/im.exec(text) ?? [];
  const refused = text
    .replace("200 OK", "400 Bad Request")
    .replace(/branch=z9hG4bK/i, "branch=z9hG4bX");
  const answered = withFate(find(BYE_ANSWER), { data: encoder.encode(refused) });
  const violations = [`${callId}: BYE within the dialog was answered with 400`];
  const told = (of: RunRecord): string => sipChecker.check({ ...of, violations }).join();
  assert.match(told(answered), /400 to BYE \(CSeq \d+\) answers no request that had arrived/);
  assert.match(told(answered), /BYE within the dialog was answered with 400/);
  const { fates } = answered;
  const changed = fates.with(bye, { ...(fates[bye] ?? assert.fail()), corrupted: true });
  assert.doesNotMatch(
    told({ ...answered, fates: changed }),
    /answers no request|within the dialog/,
  );
});

test("a 400 lacks what the network took from its request, and is no answer to the repeat", () => {
  const [bye, answer] = [find(/^BYE /), find(BYE_ANSWER)];
  const request = record.fates[bye] ?? assert.fail("no BYE");
  const text = textOf(record.fates[answer] ?? assert.fail("no answer"));
  const [, callId = ""] = /^Call-ID: (\S+)/im.exec(text) ?? [];
  const [, from = ""] = /^(From: .*\r\n)/im.exec(text) ?? [];
  const refusal = text.replace("200 OK", "400 Bad Request").replace(from, "");
  /** A BYE 20 ms before the one of the run, and what was said to it. */
  const told = (of: { readonly corrupted: boolean; readonly said?: string }): string => {
    const { corrupted, said = refusal } = of;
    const early = { ...request, corrupted, sentMs: request.sentMs - 20 };
    const arrivedMs = request.sentMs - 18;
    const final = record.fates[answer] ?? assert.fail("no answer");
    const refused = {
      ...final,
      data: encoder.encode(said),
      sentMs: arrivedMs,
      arrivalsMs: [arrivedMs + 2],
    };
    const fates = [
      ...record.fates.slice(0, bye),
      { ...early, arrivalsMs: [arrivedMs] },
      refused,
      ...record.fates.slice(bye),
    ];
    const violations = [`${callId}: a 400 lacks From`];
    return sipChecker.check({ ...record, fates, violations }).join();
  };
  assert.doesNotMatch(told({ corrupted: true }), /lacks From|after the final/);
  assert.match(told({ corrupted: false }), /a 400 lacks From/);
  assert.match(told({ corrupted: false }), /200 to BYE .* comes after the final answer 400/);
  const server = refusal.replace("400 Bad Request", "500 Server Internal Error");
  assert.match(told({ corrupted: true, said: server }), /comes after the final answer 500/);
  const other = refusal.replaceAll(/^CSeq: .*$/gm, "CSeq: 4711 INVITE").replace("z9hG4bK", "z9hG");
  assert.match(told({ corrupted: true, said: other }), /a 400 lacks From/);
});

test("what was changed of a request on the way is repeated in its answer; nothing else is excused", () => {
  const text = textOf(record.fates[find(BYE_ANSWER)] ?? assert.fail("no answer"));
  const [, callId = ""] = /^Call-ID: (\S+)/im.exec(text) ?? [];
  const changed = withFate(find(/^BYE /), { corrupted: true });
  const lost = withFate(find(/^BYE /), { corrupted: true, arrivalsMs: [] });
  const told = (of: RunRecord, violation: string): string =>
    sipChecker.check({ ...of, violations: [violation] }).join();
  const repeated = `${callId}: 200 to BYE changes the URI of To`;
  assert.doesNotMatch(told(changed, repeated), /changes the URI/);
  assert.match(told(record, repeated), /changes the URI/);
  assert.match(told(lost, repeated), /changes the URI/, "the recorder never saw it");
  const from = `${callId}: 200 to BYE does not repeat our From`;
  assert.doesNotMatch(told(changed, from), /our From/);
  assert.match(told(record, from), /our From/);
  assert.match(told(changed, from.replace("BYE", "INVITE")), /our From/);
  assert.match(told(changed, `${callId}: 200 to INVITE changes the URI of To`), /changes the URI/);
  assert.match(
    told(changed, `other@192.0.2.1: 200 to BYE changes the URI of To`),
    /changes the URI/,
  );
  assert.match(told(changed, `${callId}: 200 to BYE has no tag in To`), /no tag in To/);
});

test("something else that the network changed then is no answer to an INVITE", () => {
  const first = record.fates[find(ANSWER)] ?? assert.fail("no answer");
  const other = record.fates[find(BYE_ANSWER)] ?? assert.fail("no answer to BYE");
  const isAnswer = (fate: DatagramFate): boolean => /CSeq: \d+ INVITE/.test(textOf(fate));
  const fates = record.fates
    .filter((fate) => !(isAnswer(fate) && textOf(fate).startsWith("SIP/2.0 ")))
    .concat({ ...other, sentMs: first.sentMs, corrupted: true });
  const told = sipChecker.check({ ...record, fates }).join();
  assert.match(told, /had no answer, not even 100/);
});

test("live, a repeat may be late on a busy machine, never early", () => {
  const repeatedAfter = (pauseMs: number): readonly string[] => {
    const sent = record.sip.filter(({ text }) => ANSWER.test(text));
    const [firstMs, second] = [sent[0]?.atMs ?? NaN, sent[1]];
    const sip = record.sip
      .map((message) => (message === second ? { ...message, atMs: firstMs + pauseMs } : message))
      .sort((one, other) => one.atMs - other.atMs);
    const complaints = sipChecker.check({ ...record, mode: "live", fates: [], sip });
    return complaints.filter((text) => text.includes("out of turn"));
  };
  assert.deepEqual(repeatedAfter(500), []);
  assert.deepEqual(repeatedAfter(1_300), []);
  assert.match(repeatedAfter(20).join(), /200 to INVITE .* is said again after 20 ms, out of turn/);
});
