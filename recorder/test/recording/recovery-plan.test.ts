// What becomes of a journal that a crash left behind (design.md §5, "Live pair and crash").
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJournal } from "../../src/audio/journal.ts";
import { planRecovery, type ResumePlan } from "../../src/recording/recovery-plan.ts";
import { OFFER } from "./fakes.ts";
import {
  ACK,
  ASSOCIATION,
  END,
  HEADER,
  INVITE,
  journalOf,
  journalText,
  KEY,
  MEDIA,
  OK,
  request,
  response,
  sipLine,
  UP,
} from "./journals.ts";

type Lines = Parameters<typeof journalOf>[0];

function planOf(lines: Lines, audioBytes = 8_000): ResumePlan {
  const step = planRecovery(journalOf(lines), audioBytes);
  assert.ok(step.kind === "resume", step.kind);
  return step.plan;
}

const kindOf = (lines: Lines, audioBytes: number): string =>
  planRecovery(journalOf(lines), audioBytes).kind;

test("a call that was up goes on with all that its dialog and its media need", () => {
  const plan = planOf([...UP, MEDIA, ASSOCIATION]);
  const { messages, association, ...rest } = plan;
  assert.deepEqual(rest, {
    recordingKey: KEY,
    sipCallId: "77aa@192.0.2.1",
    beganTimeMs: 1_795_366_801_000,
    liveStreamId: HEADER.liveStreamId ?? null,
    purpose: null,
    isPaused: false,
    pauses: { person: null, rule: null },
    negotiation: {
      remote: { host: "192.0.2.1", port: 46_750 },
      signallingHost: "192.0.2.1",
      payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: null },
      expectsMedia: true,
    },
    rtpPort: 20_010,
    sdpVersion: 1,
    source: { host: "192.0.2.1", port: 46_750 },
    isDialogOver: false,
    isTorn: false,
    srtpKeys: [],
    endReason: null,
    endedTimeMs: null,
  });
  assert.deepEqual(
    messages.map(({ direction, text }) => [direction, text.slice(0, 3)]),
    [
      ["in", "INV"],
      ["out", "SIP"],
      ["in", "ACK"],
    ],
  );
  const { type: _, ...facts } = ASSOCIATION;
  assert.deepEqual(association, { ...facts, liveStreamId: null });
});

test("every stage of a journal has its step", () => {
  const stages: readonly [Lines, audioBytes: number, kind: string][] = [
    [[], 0, "rebuild"],
    [[], 8_000, "rebuild"],
    [[INVITE, OK], 8_000, "rebuild"],
    [[HEADER], 0, "erase"],
    [[HEADER], 8_000, "resume"],
    [[HEADER, INVITE], 0, "erase"],
    [[HEADER, INVITE], 160, "resume"],
    [[HEADER, INVITE, sipLine("in", request("CANCEL"))], 0, "erase"],
    [[HEADER, INVITE, sipLine("out", response(488, "INVITE"))], 0, "erase"],
    [[HEADER, INVITE, sipLine("out", response(200, "OPTIONS"))], 0, "erase"],
    [[HEADER, INVITE, OK], 0, "resume"],
    [UP, 0, "resume"],
    [[...UP, MEDIA], 8_000, "resume"],
    [[...UP, sipLine("in", request("BYE"))], 8_000, "resume"],
    [[...UP, sipLine("in", request("BYE")), END], 8_000, "rename"],
  ];
  for (const [lines, audioBytes, kind] of stages) {
    const name = `${lines.map(({ type }) => type).join()} ${audioBytes}`;
    assert.equal(kindOf(lines, audioBytes), kind, name);
  }
});

test("a journal cut at every byte has a step, never an exception", () => {
  const bytes = new TextEncoder().encode(journalText([...UP, MEDIA, ASSOCIATION]));
  const headerLength = journalText([HEADER]).length;
  for (let length = 0; length <= bytes.length; length += 1) {
    const { kind } = planRecovery(parseJournal(bytes.subarray(0, length)), 8_000);
    assert.equal(kind, length < headerLength ? "rebuild" : "resume", String(length));
  }
});

for (const [name, line, reason] of [
  ["the PBX's BYE", sipLine("in", request("BYE")), "remote-bye"],
  ["our BYE", sipLine("out", request("BYE")), "local-bye"],
] as const) {
  test(`${name} in the journal: only the end is to be written`, () => {
    const plan = planOf([...UP, line]);
    assert.equal(plan.isDialogOver, true);
    assert.equal(plan.endReason, reason);
    assert.equal(plan.endedTimeMs, 1_795_366_801_000 + UP.length * 1_000);
  });
}

test("RFC 3261 §9.2 a CANCEL after the 200 has no effect", () => {
  const plan = planOf([HEADER, INVITE, OK, sipLine("in", request("CANCEL")), ACK]);
  assert.equal(plan.isDialogOver, false);
  assert.equal(plan.endReason, null);
});

test("a last line without a time leaves the end's time open", () => {
  const bye = { ...sipLine("in", request("BYE")), at: "soon" };
  assert.equal(planOf([...UP, bye]).endedTimeMs, null);
});

test("a CANCEL of a call with audio all the same ends it", () => {
  const plan = planOf([HEADER, INVITE, sipLine("in", request("CANCEL"))]);
  assert.equal(plan.endReason, "cancelled");
});

test("a re-offer counts once it is accepted", () => {
  const moved = OFFER.replace("46750", "46760");
  const offer = sipLine("in", request("INVITE", moved));
  assert.equal(planOf([...UP, offer]).negotiation.remote?.port, 46_750);
  const refused = sipLine("out", response(488, "INVITE"));
  assert.equal(planOf([...UP, offer, refused, ACK]).negotiation.remote?.port, 46_750);
  assert.equal(planOf([...UP, offer, OK, ACK]).negotiation.remote?.port, 46_760);
  const update = [sipLine("in", request("UPDATE", moved)), sipLine("out", response(200, "UPDATE"))];
  assert.equal(planOf([...UP, ...update]).negotiation.remote?.port, 46_760);
});

test("the answer in the ACK of an offerless INVITE counts", () => {
  const offerless = sipLine("in", request("INVITE"));
  const answer = sipLine("in", request("ACK", OFFER));
  const plan = planOf([HEADER, offerless, OK, answer]);
  assert.equal(plan.negotiation.remote?.port, 46_750);
  assert.equal(plan.rtpPort, 20_010);
});

test("hold at the crash is hold afterwards", () => {
  const hold = sipLine("in", request("INVITE", OFFER.replace("sendonly", "inactive")));
  assert.equal(planOf([...UP, hold, OK, ACK]).negotiation.expectsMedia, false);
});

test("without a description nothing is expected, from the host that called", () => {
  const plan = planOf([HEADER, sipLine("in", request("INVITE")), OK, ACK]);
  assert.deepEqual(plan.negotiation, {
    remote: null,
    signallingHost: "192.0.2.1",
    payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: 13 },
    expectsMedia: false,
  });
  assert.equal(plan.source, null);
});

test("messages that cannot be read any more are passed over", () => {
  const plan = planOf([HEADER, sipLine("in", "nonsense"), INVITE, OK, ACK]);
  assert.equal(plan.messages.length, 4);
  assert.equal(plan.negotiation.remote?.port, 46_750);
});

const PAUSE = { type: "pause", fromSample: 8_000, by: "Ann", via: "api", fill: "tone" };
const RESUME = { ...PAUSE, type: "resume", toSample: 16_000 };

test("paused at the crash is paused afterwards", () => {
  assert.equal(planOf([...UP, PAUSE]).isPaused, true);
  assert.equal(planOf([...UP, PAUSE, RESUME]).isPaused, false);
  assert.equal(planOf([...UP, PAUSE, RESUME, PAUSE]).isPaused, true);
});

test("the last association counts; its stream id is its own or the header's", () => {
  const late = { ...ASSOCIATION, late: true, part: 2, liveStreamId: "late" };
  const plan = planOf([{ ...HEADER, liveStreamId: "early" }, ...UP.slice(1), ASSOCIATION]);
  assert.equal(plan.association?.liveStreamId, "early");
  const second = planOf([...UP, ASSOCIATION, late]);
  assert.equal(second.association?.liveStreamId, "late");
  assert.equal(second.association?.late, true);
  assert.equal(second.association?.part, 2);
});

test("a recording key without a time takes the header's", () => {
  assert.equal(planOf([{ ...HEADER, recordingKey: "odd" }]).beganTimeMs, 1_795_366_801_000);
  const named = { ...HEADER, recordingKey: "a-2-1795366800500" };
  assert.equal(planOf([named]).beganTimeMs, 1_795_366_800_500, "its key says it exactly");
});
