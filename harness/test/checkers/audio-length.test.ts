// How far a recording may go on: where the recorder itself hangs up to the answer to its BYE, which
// a slow stream may bring late (RFC 3261 §15.1.1), where a BYE was damaged to its repeat, and no
// further.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TruthLeg } from "@tapeline/simulator/pbx";
import { checkLength } from "../../src/checkers/audio-length.ts";
import type { DutyFrame } from "../../src/checkers/frame-duty.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import { callOverTcp, recordOf } from "./spoiled-run.ts";

const FRAME_SAMPLES = 160;
const SAMPLES_PER_MS = 8;

const plain = await recordOf(callOverTcp(4));

const leg = plain.truth.conversations[0]?.legs[0] ?? assert.fail("no leg");
const endedMs = leg.endedMs ?? NaN;
/** Held after 1 s, so that the rest is fill. */
const duties = leg.frames.slice(0, 50).map((frame, index): DutyFrame => ({
  frame,
  arrivedMs: frame.sentMs + 1,
  sample: index * FRAME_SAMPLES,
  duty: "kept",
  isCorrupted: false,
  mayBeTorn: false,
}));
const heard = duties.length * FRAME_SAMPLES;
const heldMs = endedMs - (duties.at(-1)?.frame.sentMs ?? NaN);

/** What is said of fill to so long after our BYE, whose answer took so long; null = never came. */
function told(overMs: number, answerMs: number | null): string {
  const head = ["BYE sip:x SIP/2.0", "Via: SIP/2.0/TCP x;branch=z9hG4bKown", "CSeq: 1 BYE"];
  const bye = [...head, `Call-ID: ${leg.sipCallId}`, "", ""].join("\r\n");
  const from = { transport: "tcp", hasWaited: false } as const;
  const answered = answerMs === null ? null : endedMs + answerMs;
  const record: RunRecord = {
    ...plain,
    streamMessages: [
      { ...from, from: "recorder", sentMs: endedMs, arrivedMs: endedMs, text: bye },
      {
        ...from,
        from: "pbx",
        sentMs: endedMs,
        arrivedMs: answered,
        text: bye.replace(/^.*/, "SIP/2.0 200 OK"),
      },
    ],
  };
  const samples = heard + Math.round((heldMs + overMs) * SAMPLES_PER_MS);
  return checkLength(record, { ...leg, endedBy: "recorder" }, { duties, samples }).join();
}

test("a recording goes on to our BYE and to the answer, no further", () => {
  assert.equal(told(0, 1), "");
  assert.equal(told(110, 110), "");
  assert.match(told(200, 110), /goes on to \d+, the call ended at/);
});

test("a call of two hours is judged like any: its frames are more than a call takes arguments", () => {
  const frames = Array.from({ length: 360_000 }, (_, index): DutyFrame => {
    const [first] = duties;
    if (first === undefined) assert.fail("no frame");
    const sentMs = first.frame.sentMs + index * 20;
    return {
      ...first,
      frame: { ...first.frame, sentMs },
      arrivedMs: sentMs + 1,
      sample: index * 160,
    };
  });
  const lastMs = frames.at(-1)?.frame.sentMs ?? NaN;
  const ended: TruthLeg = { ...leg, endedBy: "recorder", endedMs: lastMs };
  const judged = (samples: number) =>
    checkLength(plain, ended, { duties: frames, samples: frames.length * FRAME_SAMPLES + samples });
  assert.deepEqual(judged(0), []);
  assert.match(judged(80_000).join(), /goes on to \d+, the call ended at/);
});

test("it waits 4 s for an answer, no longer", () => {
  assert.equal(told(4_000, null), "");
  assert.match(told(4_200, null), /goes on to \d+, the call ended at/);
  assert.match(told(4_200, 5_000), /goes on to \d+, the call ended at/);
});

/** What is said of fill to so long after a first BYE, whose repeat came so much later. */
function toldOfRepeat(
  overMs: number,
  first: { isDamaged: boolean; answerMs: number | null },
): string {
  const [pbx, recorder] = [
    { host: plain.sip[0]?.local.replace(/:\d+$/, "") ?? "", port: 5060 },
    { host: "192.0.2.10", port: 5060 },
  ];
  const head = ["BYE sip:x SIP/2.0", "Via: SIP/2.0/UDP x;branch=z9hG4bKbye", "CSeq: 2 BYE"];
  const bye = [...head, `Call-ID: ${leg.sipCallId}`, "", ""].join("\r\n");
  const sent = (text: string, atMs: number, corrupted: boolean) => {
    const [from, to] = text === bye ? [pbx, recorder] : [recorder, pbx];
    const data = new TextEncoder().encode(text);
    return { sentMs: atMs, from, to, data, arrivalsMs: [atMs], corrupted };
  };
  const ok = bye.replace(/^.*/, "SIP/2.0 200 OK");
  const { answerMs, isDamaged } = first;
  const record: RunRecord = {
    ...plain,
    streamMessages: [],
    fates: [
      sent(bye, endedMs, isDamaged),
      ...(answerMs === null ? [] : [sent(ok, endedMs + answerMs, false)]),
      sent(bye, endedMs + 500, false),
    ],
  };
  const samples = heard + Math.round((heldMs + overMs) * SAMPLES_PER_MS);
  return checkLength(record, { ...leg, endedBy: "pbx" }, { duties, samples }).join();
}

test("a BYE that the network has damaged may be refused: the recording goes on to its repeat", () => {
  const refused = { isDamaged: true, answerMs: null };
  assert.equal(toldOfRepeat(500, refused), "");
  assert.match(toldOfRepeat(600, refused), /goes on to \d+, the call ended at/);
});

test("a BYE that came as it was sent, or was taken all the same, ends the recording", () => {
  const whole = { isDamaged: false, answerMs: null };
  assert.match(toldOfRepeat(500, whole), /goes on to \d+, the call ended at/);
  const taken = { isDamaged: true, answerMs: 1 };
  assert.equal(toldOfRepeat(0, taken), "");
  assert.match(toldOfRepeat(500, taken), /goes on to \d+, the call ended at/);
});
