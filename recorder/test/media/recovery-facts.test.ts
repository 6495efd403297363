// What a pair left by a crash says of itself (design.md §5, "Live pair and crash").
import assert from "node:assert/strict";
import test from "node:test";
import { parseJournal, serializeJournalLine } from "../../src/audio/journal.ts";
import { recoveryFacts } from "../../src/media/recovery-facts.ts";

const HEADER_TIME = Date.parse("2026-01-05T08:00:00.000Z");

interface Line {
  readonly type: string;
  readonly elapsedMs: number;
  readonly sample?: number;
  readonly [field: string]: unknown;
}

const HEADER: Line = {
  ...{ type: "header", elapsedMs: 0, format: "tapeline-vrtx", version: 1 },
  ...{ recordingKey: "k", sipCallId: "c" },
};
const MEDIA: Line = {
  ...{ type: "media", elapsedMs: 500, sample: 0, source: "192.0.2.1:4000", ssrc: 7 },
  ...{ payloadType: 0, leadMs: 3, rtpTimestamp: 1000, rtpSequence: 55 },
};

/** Of a journal, a file of so many bytes, and a process that begins `laterMs` after the header. */
function factsOf(lines: readonly Line[], audioBytes: number, laterMs: number) {
  const text = lines.map(({ sample = 0, ...line }) => {
    const at = new Date(HEADER_TIME + line.elapsedMs).toISOString();
    return serializeJournalLine({ ...line, at, sample });
  });
  const bytes = new TextEncoder().encode(text.join(""));
  const now = { nowMs: 90_000, wallTimeMs: HEADER_TIME + laterMs };
  const facts = recoveryFacts(parseJournal(bytes), audioBytes, now);
  assert.ok(facts.ok);
  assert.equal(facts.value.journalBytes, bytes.length);
  return facts.value;
}

test("without a readable header nothing can be resumed", () => {
  assert.deepEqual(recoveryFacts(parseJournal(new Uint8Array()), 0, { nowMs: 0, wallTimeMs: 0 }), {
    ok: false,
    problem: { code: "no-header", at: 1, detail: "The journal has no readable header." },
  });
});

test("the header counts wherever it stands; other lines are none", () => {
  const rule: Line = { type: "rule", elapsedMs: 700, title: "x", kind: "agent" };
  assert.throws(() => factsOf([rule], 0, 4000));
  assert.equal(factsOf([rule, HEADER], 0, 4000).elapsedMs, 4000);
});

test("a call without audio has no start, no anchor and no SSRC", () => {
  const { restoration, startTimeMs, elapsedMs } = factsOf([HEADER], 0, 4000);
  const { samples, anchor, ssrc, sequence, lines } = restoration;
  assert.deepEqual([samples, anchor, ssrc, sequence, lines.length], [0, null, null, null, 1]);
  assert.deepEqual([startTimeMs, elapsedMs], [null, 4000]);
});

test("of the audio whole packets of 20 ms are kept", () => {
  const kept = [0, 159, 160, 161, 479].map((size) => factsOf([HEADER, MEDIA], size, 1e4).samples);
  assert.deepEqual(kept, [0, 0, 160, 160, 320]);
});

test("an end that the journal tells of is kept to the sample: a tail is no torn packet", () => {
  const tail: Line = {
    ...{ type: "gap", elapsedMs: 3950, sample: 31_685 },
    ...{ fromSample: 28_000, samples: 3685, cause: "tail" },
  };
  const kept = [31_684, 31_685, 31_686].map(
    (size) => factsOf([HEADER, MEDIA, tail], size, 1e4).samples,
  );
  assert.deepEqual(kept, [31_680, 31_685, 31_685]);
});

test("behind a jump of the timestamp packets are whole where it put them, not in steps of 160", () => {
  const jump: Line = {
    ...{ type: "gap", elapsedMs: 918, sample: 11_851 },
    ...{ fromSample: 7040, samples: 4491, cause: "hold" },
  };
  const later: Line = { ...jump, elapsedMs: 9_000, sample: 40_000, fromSample: 30_000 };
  const kept = [11_850, 11_851, 31_531, 31_532].map(
    (size) => factsOf([HEADER, MEDIA, jump, later], size, 1e4).samples,
  );
  assert.deepEqual(kept, [11_840, 11_851, 31_531, 31_531]);
});

test("the last media line is the anchor, in this process's time; the first one tells the start", () => {
  const later: Line = {
    ...{ ...MEDIA, elapsedMs: 3000, sample: 16_000, ssrc: 8 },
    ...{ rtpTimestamp: 77_000, rtpSequence: 99 },
  };
  const first = { ...MEDIA, sample: 80 };
  const facts = factsOf([HEADER, first, later], 32_000, 10_000);
  assert.equal(facts.elapsedMs, 10_000);
  assert.equal(facts.startTimeMs, HEADER_TIME + 500 - 10);
  const { ssrc, sequence, anchor, samples } = facts.restoration;
  assert.deepEqual([ssrc, sequence, samples], [8, 99, 32_000]);
  // The header was 10 s ago, at 80,000 of the clock that shows 90,000.
  assert.deepEqual(anchor, { sample: 16_000, timestamp: 77_000, atMs: 83_000 });
});

test("a media line of an older version tells no timestamp: its SSRC cannot be followed", () => {
  const { rtpTimestamp: _t, rtpSequence: _s, ...old } = MEDIA;
  const { ssrc, sequence, anchor } = factsOf([HEADER, old], 0, 10_000).restoration;
  assert.deepEqual([ssrc, sequence, anchor?.timestamp], [null, null, 0]);
});

test("a wall clock that lies before what lines and audio prove, or a day after, is not believed", () => {
  const rule: Line = { type: "rule", elapsedMs: 7000, title: "x", kind: "agent" };
  const dayMs = 24 * 3600 * 1000;
  const elapsed = (laterMs: number, audioBytes = 0): number =>
    factsOf([HEADER, MEDIA, rule], audioBytes, laterMs).elapsedMs;
  assert.equal(elapsed(7001), 7001);
  assert.equal(elapsed(7000), 7000);
  assert.equal(elapsed(6999), 7000, "a line proves 7 s");
  assert.equal(elapsed(8000, 80_000), 10_500, "10 s of audio after the packet at 0.5 s");
  assert.equal(elapsed(10_501, 80_000), 10_501);
  assert.equal(elapsed(7000 + dayMs), 7000 + dayMs);
  assert.equal(elapsed(7001 + dayMs), 7000);
  const sequence = (laterMs: number): number | null =>
    factsOf([HEADER, MEDIA, rule], 0, laterMs).restoration.sequence;
  assert.equal(sequence(7000), 55);
  assert.equal(sequence(6999), null, "and is no witness against a timestamp");
  const ahead: Line = { ...MEDIA, sample: 16_000 };
  assert.equal(factsOf([HEADER, ahead], 0, 100).elapsedMs, 500, "no audio behind the anchor");
});
