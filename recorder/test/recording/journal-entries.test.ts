// The lines that a recording writes into its journal, field by field (formats.md, "The journal").
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AssociationFacts } from "../../src/association-facts.ts";
import { parseJournal } from "../../src/audio/journal.ts";
import type { RuleMatchFacts } from "../../src/facts-contract.ts";
import {
  associationEntry,
  endEntry,
  eventEntry,
  headerEntry,
  ruleEntry,
} from "../../src/recording/journal-entries.ts";
import { rebuiltHeader } from "../../src/recording/rebuilt-journal.ts";
import { rowFromJournal } from "../../src/recording/journal-row.ts";
import type { ClosedAudio, Recording } from "../../src/recording/recording.ts";
import { ASSOCIATION, END, HEADER, journalOf, KEY, UP } from "./journals.ts";

const FACTS: AssociationFacts = {
  ...{ rung: 1, callKey: "c1", part: 2, deviceCallId: "n-1", endId: "e1", agent: "Ann" },
  ...{ extension: "2001", parties: ["a", "b"], liveStreamId: null },
};

/** What these lines look at. */
function recording(set: Partial<Recording> = {}): Recording {
  const known = { recordingKey: KEY, sipCallId: "77aa", purpose: null, association: null };
  return {
    ...known,
    endReason: "remote-bye",
    recovered: false,
    verdict: null,
    ...set,
  } as Recording;
}

const CLOSED = { samples: 800, sha256: "ab" } as ClosedAudio;

test("a header names format, recording, recorder and file; stream id and purpose where known", () => {
  const header = {
    ...{ type: "header", format: "tapeline-vrtx", version: 1, recordingKey: KEY, recorder: "r" },
    ...{ files: [`${KEY}.ul`], codec: "PCMU", sampleRate: 8000, sipCallId: "77aa" },
  };
  assert.deepEqual(headerEntry(recording(), "r"), header);
  const association = { ...FACTS, liveStreamId: "s1" };
  assert.deepEqual(headerEntry(recording({ association, purpose: "validation" }), "r"), {
    ...header,
    ...{ liveStreamId: "s1", purpose: "validation" },
  });
});

test("an association has what is known; lateness, stream id and gap only where there are any", () => {
  const { liveStreamId, ...plain } = FACTS;
  assert.equal(liveStreamId, null);
  assert.deepEqual(associationEntry(FACTS), { type: "association", ...plain });
  const more = { late: true, liveStreamId: "s1", gapMs: 70, missedMs: 0 } as const;
  assert.deepEqual(associationEntry({ ...FACTS, ...more }), {
    ...{ type: "association", ...plain },
    ...more,
  });
});

test("a rule's line has the rule, the event and the call at which it matched", () => {
  const match: RuleMatchFacts = {
    ...{ title: "Sales", kind: "group", record: true, event: "talking" },
    ...{ eventId: "e1", deviceCallId: "n-1" },
  };
  const noted = { ...match, atWallMs: 5 };
  assert.deepEqual(ruleEntry(noted), { type: "rule", ...match });
});

test("an event lies where the recording's samples are", () => {
  const anchor = { sample: 800, atMs: 1000 };
  const of = recording({ anchor });
  const event = {
    eventId: "e1",
    kind: "talking",
    fromMs: 1000,
    toMs: 1500,
    parties: ["a"],
  } as const;
  const { type, eventId, kind, fromSample, parties } = eventEntry(of, event);
  assert.deepEqual(
    [type, eventId, kind, fromSample, parties],
    ["event", "e1", "talking", 800, ["a"]],
  );
});

test("an end has reason, outcome, samples and hash; why, rule and recovery where there are any", () => {
  const end = { type: "end", reason: "remote-bye", outcome: "ok", samples: 800, sha256: "ab" };
  assert.deepEqual(endEntry(recording(), CLOSED, { outcome: "ok", why: null }), end);
  const verdict = { keep: true, why: null, rule: "Sales" };
  const more = recording({ recovered: true, endReason: null, verdict });
  assert.deepEqual(endEntry(more, CLOSED, { outcome: "degraded", why: "restart" }), {
    ...{ ...end, reason: "recovered", outcome: "degraded", why: "restart" },
    ...{ rule: "Sales", recovered: true },
  });
  const unnamed = recording({ verdict: { keep: true, why: null, rule: null } });
  assert.deepEqual(endEntry(unnamed, CLOSED, { outcome: "ok", why: null }), end);
});

test("a header made anew is one line that a journal can begin with", () => {
  const bytes = rebuiltHeader(KEY, 1_795_366_801_000);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes)), {
    ...{ at: "2026-11-22T17:00:01.000Z", elapsedMs: 0, sample: 0, type: "header" },
    ...{ format: "tapeline-vrtx", version: 1, recordingKey: KEY, recorder: "" },
    ...{ files: [`${KEY}.ul`], codec: "PCMU", sampleRate: 8000, sipCallId: "", rebuilt: true },
  });
  assert.deepEqual(parseJournal(bytes).problems, []);
});

test("the catalog's row has the purpose and the rule of its journal, if there are any", () => {
  const row = (header: object, end: object) =>
    rowFromJournal(
      journalOf([{ ...HEADER, ...header }, ...UP.slice(1), ASSOCIATION, { ...END, ...end }]),
    );
  const plain = row({}, {});
  assert.deepEqual([plain?.purpose, plain?.rule, plain?.recovered], [undefined, null, false]);
  const told = row({ purpose: "validation" }, { rule: "Sales", recovered: true });
  assert.deepEqual([told?.purpose, told?.rule, told?.recovered], ["validation", "Sales", true]);
  assert.equal(row({ purpose: "other" }, {})?.purpose, undefined);
});
