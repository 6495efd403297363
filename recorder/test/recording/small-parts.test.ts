// Outcome, row from a journal, our description: the pure parts of recording/.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decideOutcome, type RecordingFacts } from "../../src/recording/decide-outcome.ts";
import { rowFromJournal } from "../../src/recording/journal-row.ts";
import { OurDescription } from "../../src/recording/our-description.ts";
import type { Why } from "../../src/outcome.ts";
import { cluesOf } from "../../src/recording/clues.ts";
import { inviteText, OFFER, requestOf, sdp, STATISTICS } from "./fakes.ts";
import { ASSOCIATION, END, HEADER, journalOf, KEY, MEDIA, STATISTICS_LINE } from "./journals.ts";

function decide(changes: Partial<RecordingFacts> & { readonly by?: readonly Why[] }) {
  const { by = [], ...facts } = changes;
  return decideOutcome({
    samples: 8_000,
    statistics: STATISTICS,
    degradedBy: new Set(by),
    endReason: null,
    verdict: { keep: true, why: null },
    ...facts,
  });
}

const OUTCOMES: readonly [string, Parameters<typeof decide>[0], string, Why | null][] = [
  ["nothing wrong", {}, "ok", null],
  ["no sample", { samples: 0 }, "failed", "no-media"],
  ["lost packets", { statistics: { ...STATISTICS, packetsLost: 1 } }, "degraded", "packets-lost"],
  ["kernel drops", { statistics: { ...STATISTICS, kernelDrops: 1 } }, "degraded", "kernel-drops"],
  [
    "rules unproven",
    { verdict: { keep: true, why: "rules-unproven" } },
    "degraded",
    "rules-unproven",
  ],
  [
    "a session that nobody refreshed (RFC 4028)",
    { endReason: "session-expired" },
    "degraded",
    "session-expired",
  ],
  ["a discard", { verdict: { keep: false, why: null } }, "discarded", "rule"],
  ["consent refused", { verdict: { keep: false, why: "consent" } }, "blocked", "consent"],
  [
    "a discard without audio",
    { samples: 0, verdict: { keep: false, why: null } },
    "discarded",
    "rule",
  ],
  [
    "several: the gravest",
    { by: ["packets-lost", "restart", "pair-claimed-twice"] },
    "degraded",
    "restart",
  ],
  [
    "several, and maybe the audio of another call",
    { by: ["write-overflow", "source-doubtful"] },
    "degraded",
    "source-doubtful",
  ],
  ["one that says nothing of the audio", { by: ["encoder-failed"] }, "ok", null],
];

for (const [name, facts, outcome, why] of OUTCOMES) {
  test(`outcome of ${name}`, () => {
    assert.deepEqual(decide(facts), { outcome, why });
  });
}

test("a journal alone gives the catalog's row", () => {
  const header = { ...HEADER, liveStreamId: "r7Qk2" };
  assert.deepEqual(rowFromJournal(journalOf([header, MEDIA, ASSOCIATION, STATISTICS_LINE, END])), {
    recordingKey: KEY,
    callKey: "c0a80a01-31-1795366801000",
    part: 1,
    startTimeMs: 1_795_366_802_000,
    samples: 16_000,
    outcome: "degraded",
    why: "packets-lost",
    endReason: "remote-bye",
    recovered: false,
    agent: "Ann Agent",
    extension: "2001",
    parties: ["02079460000", "2001"],
    liveStreamId: "r7Qk2",
    sipCallId: "77aa@192.0.2.1",
    pool: null,
    drive: null,
    path: null,
    bytes: 0,
    loss: 0.1,
    mos: 4.1,
    rule: null,
  });
});

test("a journal of an orphan without media gives a row too", () => {
  const row = rowFromJournal(journalOf([HEADER, { ...END, recovered: true }]));
  assert.equal(row?.recovered, true);
  assert.equal(row?.startTimeMs, 1_795_366_801_000);
  assert.deepEqual([row?.callKey, row?.agent, row?.parties], [null, null, []]);
  assert.deepEqual([row?.liveStreamId, row?.loss, row?.mos], [null, 0, null]);
});

test("without header or end there is no row", () => {
  assert.equal(rowFromJournal(journalOf([HEADER, MEDIA])), null);
  assert.equal(rowFromJournal(journalOf([MEDIA, END])), null);
});

const PEER = { host: "192.0.2.1", isEncrypted: false };

test("RFC 3264 §8 the version goes up only with what is said", () => {
  const ours = new OurDescription({ host: "192.0.2.10", sessionId: "17" }, () => "");
  ours.rtpPort = 5004;
  const first = ours.offer();
  assert.equal(ours.offer(), first);
  assert.equal(sdp(first).origin.sessionVersion, "1");
  const answer = ours.answer(sdp(OFFER), PEER);
  assert.ok(answer.ok);
  assert.equal(sdp(answer.sdp).origin.sessionVersion, "2");
  const refused = ours.answer(sdp(OFFER.replace("46750", "0")), PEER);
  assert.deepEqual(refused.ok ? 200 : refused.status, 488);
  const again = ours.answer(sdp(OFFER), PEER);
  assert.ok(again.ok);
  assert.equal(again.sdp, answer.sdp);
});

test("clues of an INVITE without any are empty, not missing", () => {
  const request = requestOf(inviteText({ uri: "tel:123;x=y", from: "<urn:service:sos>" }));
  assert.deepEqual(cluesOf(request, { recordingKey: "k", callId: "c", sourceHost: "h" }), {
    recordingKey: "k",
    sipCallId: "c",
    requestUser: "123",
    extensionHeaders: {},
    callerUsers: [],
    sourceHost: "h",
  });
});
