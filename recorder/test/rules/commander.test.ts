// When a recording is asked for, asked for again, stopped, or given up: devlink3.md §13.7,
// design.md §5 "Outcome".
import assert from "node:assert/strict";
import { test } from "node:test";
import { CallModel } from "../../src/calls/call-model.ts";
import type { ControlFailure, ControlResult } from "../../src/devlink3/recording-control.ts";
import { Metrics } from "../../src/metrics.ts";
import {
  Commander,
  INVITE_LIMIT_MS,
  RETRIES_MAX,
  RETRY_DEFAULT_MS,
  SIP_RETRY_MS,
} from "../../src/rules/commander.ts";
import { newPart, type Part } from "../../src/rules/part.ts";
import { ACCEPTED, FakeControl, refusal } from "../association/fake-control.ts";
import { END_2001, NODE, status, talking } from "../association/records.ts";
import { FakeClock, RecordingLog } from "../devlink3/fakes.ts";

class CommanderWorld {
  readonly clock = new FakeClock();
  readonly control = new FakeControl();
  readonly metrics = new Metrics();
  readonly log = new RecordingLog();
  readonly failures: string[] = [];
  readonly commander: Commander;
  readonly part: Part = this.makePart("stream-1");

  constructor() {
    this.commander = new Commander(
      { control: () => this.control, recorderUriFor: (id) => `sip:${id}@192.0.2.10:5060` },
      { clock: this.clock, log: this.log, metrics: this.metrics },
      {
        onFailed: (part, why, detail) => {
          this.failures.push(`${part.part} ${why}${detail === "" ? "" : `: ${detail}`}`);
        },
        onAdopted: (part, streamId) => {
          part.liveStreamId = streamId;
        },
      },
    );
  }

  makePart(liveStreamId: string): Part {
    const model = new CallModel();
    model.apply(talking(), { nowMs: 0, wallMs: 0 });
    const call = model.calls()[0];
    assert.ok(call !== undefined);
    return newPart({
      liveStreamId,
      callKey: call.conversation.callKey,
      part: 1,
      deviceCallId: call.deviceCallId,
      endId: END_2001,
      agent: "Alice",
      extension: "2001",
      pbx: "192.168.10.1",
      call,
      beganMs: 0,
    });
  }

  /** The part has been asked for, and this was the answer. */
  started(result: ControlResult = ACCEPTED): this {
    this.commander.start(this.part);
    this.control.answer(result);
    return this;
  }
}

test("START names node, call, end, our address and the stream id", () => {
  const world = new CommanderWorld();
  world.commander.start(world.part);
  assert.equal(world.part.state, "requested");
  assert.deepEqual(world.control.starts, [
    {
      node: NODE,
      callId: 31,
      endId: END_2001,
      recorderUri: "sip:stream-1@192.0.2.10:5060",
      streamId: "stream-1",
    },
  ]);
  assert.equal(world.metrics.get("recording_requests_total"), 1);
});

test("an accepted request waits for its INVITE, and needs nothing more when it comes", () => {
  const world = new CommanderWorld().started();
  assert.equal(world.part.state, "accepted");
  assert.deepEqual(world.clock.running(), [`commander.invite ${INVITE_LIMIT_MS}`]);
  world.commander.recording(world.part);
  assert.equal(world.part.state, "recording");
  assert.deepEqual(world.clock.running(), []);
  world.clock.advance(INVITE_LIMIT_MS * 2);
  assert.deepEqual(world.failures, []);
});

test("the INVITE may come before the answer to START", () => {
  const world = new CommanderWorld();
  world.commander.start(world.part);
  world.commander.recording(world.part);
  world.control.answer(ACCEPTED);
  assert.equal(world.part.state, "recording");
  assert.deepEqual(world.clock.running(), []);
});

test("no INVITE in 10 s is told once, as no-invite", () => {
  const world = new CommanderWorld().started();
  world.clock.advance(INVITE_LIMIT_MS - 1);
  assert.deepEqual(world.failures, []);
  world.clock.advance(1);
  assert.deepEqual(world.failures, ["1 no-invite"]);
  world.commander.end(world.part);
  assert.deepEqual(world.failures, ["1 no-invite"]);
  assert.deepEqual(world.part.failure, { why: "no-invite", outcome: "failed" });
});

test("an INVITE that comes after all mends the failure", () => {
  const world = new CommanderWorld().started();
  world.clock.advance(INVITE_LIMIT_MS);
  world.commander.recording(world.part);
  assert.equal(world.part.failure, null);
  world.commander.end(world.part);
  assert.equal(world.part.state, "over");
  assert.deepEqual(world.control.stops, ["stream-1"]);
});

for (const failure of ["vcm", "conference", "internal"] as const) {
  test(`${failure}: asked again after the time that the PBX names, ${RETRIES_MAX} times`, () => {
    const world = new CommanderWorld().started(refusal(failure, { retryAfterMs: 700 }));
    for (let retry = 1; retry <= RETRIES_MAX; retry += 1) {
      assert.equal(world.part.state, "waiting");
      world.clock.advance(699);
      assert.equal(world.control.starts.length, retry);
      world.clock.advance(1);
      assert.equal(world.control.starts.length, retry + 1);
      assert.deepEqual(world.failures, []);
      world.control.answer(refusal(failure, { retryAfterMs: 700 }));
    }
    assert.equal(world.part.state, "failed");
    assert.equal(world.failures.length, 1);
    assert.deepEqual(world.clock.running(), []);
    assert.equal(world.metrics.get("recording_requests_refused_total"), RETRIES_MAX + 1);
  });
}

test("without a time the PBX is asked again after 5 s", () => {
  const world = new CommanderWorld().started(refusal("vcm"));
  assert.deepEqual(world.clock.running(), [`commander.retry ${RETRY_DEFAULT_MS}`]);
});

test("a retry that is accepted leaves no failure behind", () => {
  const world = new CommanderWorld().started(refusal("vcm"));
  world.clock.advance(RETRY_DEFAULT_MS);
  world.control.answer(ACCEPTED);
  assert.equal(world.part.pendingFailure, null);
  world.commander.recording(world.part);
  world.commander.end(world.part);
  assert.deepEqual(world.failures, []);
});

const NEVER_AGAIN: readonly (readonly [ControlFailure, string])[] = [
  ["no-call", "request-refused"],
  ["no-party", "request-refused"],
  ["not-connected", "request-refused"],
  ["licence", "licence-missing"],
  ["unreachable", "recorder-unreachable"],
  ["not-permitted", "request-refused"],
  ["duplicate", "request-refused"],
  ["no-recording", "request-refused"],
  ["version", "request-refused"],
  ["malformed", "request-refused"],
];

for (const [failure, why] of NEVER_AGAIN) {
  test(`${failure}: never asked again, told as ${why}`, () => {
    const world = new CommanderWorld().started(refusal(failure));
    assert.deepEqual(world.failures, [`1 ${why}: ${failure}`]);
    world.clock.advance(60_000);
    assert.equal(world.control.starts.length, 1);
    world.commander.end(world.part);
    assert.equal(world.failures.length, 1);
    assert.deepEqual(world.control.stops, []);
  });
}

for (const sipStatus of [486, 503, 408]) {
  test(`SIP ${sipStatus}: once more after 2 s`, () => {
    const world = new CommanderWorld().started();
    const failed = status("stream-1", "failed", { sipStatus, reason: "Busy" });
    world.commander.status(world.part, failed);
    assert.deepEqual(world.clock.running(), [`commander.retry ${SIP_RETRY_MS}`]);
    world.clock.advance(SIP_RETRY_MS);
    assert.equal(world.control.starts.length, 2);
    world.control.answer(ACCEPTED);
    world.commander.status(world.part, failed);
    assert.deepEqual(world.failures, [`1 sip-refused: ${sipStatus} Busy`]);
    assert.deepEqual(world.clock.running(), []);
  });
}

test("R23: FAILED without a status and without INVITE: no SIP call has come, once more after 2 s", () => {
  const world = new CommanderWorld().started();
  const failed = status("stream-1", "failed", { sipStatus: null, reason: "no answer" });
  world.commander.status(world.part, failed);
  assert.deepEqual(world.clock.running(), [`commander.retry ${SIP_RETRY_MS}`]);
  world.clock.advance(SIP_RETRY_MS);
  world.control.answer(ACCEPTED);
  world.commander.status(world.part, failed);
  assert.deepEqual(world.failures, ["1 no-invite: no answer"]);
  assert.deepEqual(world.clock.running(), []);
});

test("FAILED without a status of a SIP call that had come: the IP Office has given it up", () => {
  const world = new CommanderWorld().started();
  world.part.recordingKey = "key";
  const failed = status("stream-1", "failed", { sipStatus: null, reason: "no answer" });
  world.commander.status(world.part, failed);
  world.clock.advance(SIP_RETRY_MS);
  world.control.answer(ACCEPTED);
  world.part.recordingKey = "key";
  world.commander.status(world.part, failed);
  assert.deepEqual(world.failures, ["1 cancelled: no answer"]);
});

for (const sipStatus of [403, 404, 480, 488, 500]) {
  test(`SIP ${sipStatus}: never again`, () => {
    const world = new CommanderWorld().started();
    world.commander.status(world.part, status("stream-1", "failed", { sipStatus }));
    assert.deepEqual(world.failures, [`1 sip-refused: ${sipStatus}`]);
    assert.deepEqual(world.clock.running(), []);
  });
}

test("SIP 487 is told as what it is: the PBX cancelled its call", () => {
  const world = new CommanderWorld().started();
  world.commander.status(world.part, status("stream-1", "failed", { sipStatus: 487 }));
  assert.deepEqual(world.failures, ["1 cancelled: 487"]);
});

test("FAILED after the INVITE came in: nobody answered it, the part lets go of its recording", () => {
  const world = new CommanderWorld().started();
  world.part.recordingKey = "r1";
  world.commander.recording(world.part);
  world.commander.status(world.part, status("stream-1", "failed", { sipStatus: 503 }));
  assert.equal(world.part.recordingKey, null);
  assert.equal(world.part.state, "waiting");
  world.clock.advance(SIP_RETRY_MS);
  assert.equal(world.control.starts.length, 2);
});

test("status events that are no failure, or of nobody's stream, change nothing", () => {
  const world = new CommanderWorld().started();
  for (const state of ["inviting", "recording", "paused", "stopped"] as const) {
    world.commander.status(world.part, status("stream-1", state));
  }
  world.commander.status(null, status("other", "failed"));
  assert.equal(world.part.state, "accepted");
  world.commander.recording(world.part);
  world.commander.end(world.part);
  world.commander.status(world.part, status("stream-1", "failed"));
  assert.equal(world.part.state, "over");
  assert.deepEqual(world.failures, []);
});

test("STOP is sent when a recorded part is over, once", () => {
  const world = new CommanderWorld().started();
  world.commander.recording(world.part);
  world.commander.end(world.part);
  world.commander.end(world.part);
  assert.deepEqual(world.control.stops, ["stream-1"]);
  assert.deepEqual(world.failures, []);
});

test("a part that is over before its INVITE came was too short; its request is withdrawn", () => {
  const accepted = new CommanderWorld().started();
  accepted.commander.end(accepted.part);
  const requested = new CommanderWorld();
  requested.commander.start(requested.part);
  requested.commander.end(requested.part);
  requested.control.answer(ACCEPTED);
  for (const world of [accepted, requested]) {
    assert.deepEqual(world.failures, ["1 too-short"]);
    assert.deepEqual(world.control.stops, ["stream-1"]);
    assert.equal(world.part.state, "failed");
    assert.deepEqual(world.clock.running(), []);
  }
});

test("a part that is over while it waits to ask again failed for the refusal", () => {
  const world = new CommanderWorld().started(refusal("vcm"));
  world.commander.end(world.part);
  assert.deepEqual(world.failures, ["1 vcm-exhausted: vcm"]);
  assert.deepEqual(world.control.stops, []);
  assert.deepEqual(world.clock.running(), []);
});

test("without recording control nothing is sent, and the lack is told only at the end", () => {
  const world = new CommanderWorld();
  world.control.isAvailable = false;
  world.commander.start(world.part);
  assert.equal(world.part.state, "passive");
  assert.deepEqual([world.control.starts, world.failures], [[], []]);
  world.commander.end(world.part);
  assert.deepEqual(world.failures, ["1 recording-control-unavailable"]);
  assert.deepEqual(world.control.stops, []);
});

test("without recording control a recording that the PBX sends by itself is no failure", () => {
  const world = new CommanderWorld();
  world.control.isAvailable = false;
  world.commander.start(world.part);
  world.commander.recording(world.part);
  world.control.isAvailable = true;
  world.commander.end(world.part);
  assert.deepEqual(world.failures, []);
  assert.deepEqual(world.control.stops, [], "nobody asked for it");
});

test("a SIP call that was refused is, also when recording control is gone by then", () => {
  const world = new CommanderWorld().started();
  world.control.isAvailable = false;
  world.commander.status(world.part, status("stream-1", "failed", { sipStatus: 403 }));
  assert.equal(world.part.state, "failed");
  assert.deepEqual(world.failures, ["1 sip-refused: 403"]);
});

test("control that turns out to be unavailable is no refusal yet", () => {
  const world = new CommanderWorld().started(refusal("unavailable"));
  assert.equal(world.part.state, "passive");
  world.commander.end(world.part);
  assert.deepEqual(world.failures, ["1 recording-control-unavailable: unavailable"]);
});

test("an end that the PBX records by itself is not asked for again, nor failed if it comes", () => {
  const world = new CommanderWorld().started(refusal("already"));
  assert.equal(world.part.state, "passive");
  world.commander.recording(world.part);
  world.commander.end(world.part);
  assert.deepEqual(world.failures, []);
  const other = new CommanderWorld().started(refusal("already"));
  other.commander.end(other.part);
  assert.deepEqual(other.failures, ["1 request-refused: already"]);
});

test("R6: an end recorded under a stream of before a restart is taken over", () => {
  const world = new CommanderWorld().started(refusal("already", { activeStreamId: "old" }));
  assert.deepEqual([world.part.liveStreamId, world.part.state], ["old", "accepted"]);
  world.commander.recording(world.part);
  world.commander.end(world.part);
  assert.deepEqual(world.control.stops, ["old"]);
});

test("R6: when its SIP call is lost, the old recording is stopped and asked for anew, once", () => {
  const world = new CommanderWorld().started(refusal("already", { activeStreamId: "old" }));
  world.clock.advance(INVITE_LIMIT_MS);
  assert.deepEqual(world.control.stops, ["old"]);
  assert.equal(world.control.starts.length, 2);
  world.control.answer(ACCEPTED);
  world.clock.advance(INVITE_LIMIT_MS);
  assert.deepEqual(world.failures, ["1 no-invite"]);
});

test("R6: a recording found before the answer keeps its own stream id", () => {
  const world = new CommanderWorld();
  world.commander.start(world.part);
  world.commander.recording(world.part);
  world.control.answer(refusal("already", { activeStreamId: "old" }));
  assert.deepEqual([world.part.liveStreamId, world.part.state], ["old", "recording"]);
  world.commander.end(world.part);
  assert.deepEqual(world.control.stops, ["old"]);
});

test("an answer `already` to a part that is over changes nothing", () => {
  const world = new CommanderWorld();
  world.commander.start(world.part);
  world.commander.end(world.part);
  world.control.answer(refusal("already", { activeStreamId: "old" }));
  assert.equal(world.part.liveStreamId, "stream-1");
});

// -- After a reconnect -----------------------------------------------------------------------

test("R10: a request that the link's loss left without an answer waits for the next stream", () => {
  const world = new CommanderWorld();
  world.commander.start(world.part);
  world.control.lose();
  assert.deepEqual([world.part.state, world.part.retries], ["passive", 0]);
  assert.equal(world.part.pendingFailure?.why, "link-down");
  world.clock.advance(100);
  world.control.isAvailable = true;
  world.commander.reconcile(() => [world.part], 50);
  assert.equal(world.control.starts.length, 2);
  assert.equal(world.control.queries, 1);
});

test("R10: QUERY after a reconnect; what the PBX has forgotten is asked for again", () => {
  const world = new CommanderWorld().started();
  world.clock.advance(100);
  world.commander.reconcile(() => [world.part], 50);
  assert.equal(world.control.queries, 1);
  world.control.answer({ ok: true, state: null });
  assert.equal(world.control.starts.length, 2);
  assert.equal(world.part.state, "requested");
});

test("R10: what the PBX still knows is not asked for again", () => {
  for (const state of ["inviting", "recording", "paused"] as const) {
    const world = new CommanderWorld().started();
    world.clock.advance(100);
    world.commander.reconcile(() => [world.part], 50);
    world.commander.status(world.part, status("stream-1", state));
    world.control.answer({ ok: true, state: null });
    assert.equal(world.control.starts.length, 1, state);
  }
});

test("R10: a stream that ends while it is asked about is not known", () => {
  const world = new CommanderWorld().started();
  world.clock.advance(100);
  world.commander.reconcile(() => [world.part], 50);
  world.commander.status(world.part, status("stream-1", "recording"));
  world.commander.status(world.part, status("stream-1", "stopped"));
  world.control.answer({ ok: true, state: null });
  assert.equal(world.control.starts.length, 2);
});

test("R10: a part in recording is left alone, known or not", () => {
  const world = new CommanderWorld().started();
  world.commander.recording(world.part);
  world.clock.advance(100);
  world.commander.reconcile(() => [world.part], 50);
  world.control.answer({ ok: true, state: null });
  assert.equal(world.control.starts.length, 1);
});

test("R10: without an answer to QUERY nothing is concluded", () => {
  const world = new CommanderWorld().started();
  world.clock.advance(100);
  world.commander.reconcile(() => [world.part], 50);
  world.control.answer(refusal("internal"));
  assert.equal(world.control.starts.length, 1);
});

test("R10: a part that has ended before the answer is not asked for again", () => {
  const world = new CommanderWorld().started();
  world.clock.advance(100);
  const parts = [world.part];
  world.commander.reconcile(() => parts, 50);
  parts.pop();
  world.control.answer({ ok: true, state: null });
  assert.equal(world.control.starts.length, 1);
});

test("R10: the first stream has nothing to ask about", () => {
  const world = new CommanderWorld();
  world.commander.start(world.part);
  world.commander.reconcile(() => [world.part], 0);
  assert.equal(world.control.queries, 0);
  world.control.isAvailable = false;
  world.commander.reconcile(() => [world.part], 50);
  assert.equal(world.control.queries, 0);
});

test("R10: control that becomes available is used for the parts that go on", () => {
  const world = new CommanderWorld();
  world.control.isAvailable = false;
  world.commander.start(world.part);
  world.control.isAvailable = true;
  world.commander.reconcile(() => [world.part], 0);
  assert.equal(world.part.state, "requested");
});
