// The core's repetition of a 2xx: RFC 3261 §13.3.1.4.
import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, step } from "../../src/sip/answer-repeater.ts";
import { SIP_TIMERS } from "../../src/sip/sip-timers.ts";

test("RFC 3261 §13.3.1.4: T1 doubling to T2 until the ACK", () => {
  let last = begin(SIP_TIMERS);
  const delays: number[] = [];
  for (let round = 0; round < 5; round++) {
    last = step(last.state, { type: "timer", timer: "resend" }, SIP_TIMERS);
    const start = last.outputs[1];
    assert.ok(start?.type === "start");
    delays.push(start.delayMs);
  }
  assert.deepEqual(delays, [1000, 2000, 4000, 4000, 4000]);
  const acked = step(last.state, { type: "ack" }, SIP_TIMERS);
  assert.deepEqual(acked.outputs.at(-1), { type: "acknowledged" });
  assert.deepEqual(step(acked.state, { type: "timer", timer: "resend" }, SIP_TIMERS).outputs, []);
});

test("RFC 3261 §13.3.1.4: 64·T1 without ACK is given up once", () => {
  const first = begin(SIP_TIMERS);
  assert.deepEqual(first.outputs[2], { type: "start", timer: "giveUp", delayMs: 32_000 });
  const over = step(first.state, { type: "timer", timer: "giveUp" }, SIP_TIMERS);
  assert.deepEqual(over.outputs, [{ type: "stop", timer: "resend" }, { type: "gaveUp" }]);
  assert.deepEqual(step(over.state, { type: "ack" }, SIP_TIMERS).outputs, []);
});

test("each step is told whole: the 2xx leaves with its timers, and both stop with the ACK", () => {
  const first = begin(SIP_TIMERS);
  assert.deepEqual(first, {
    state: { name: "waiting", resendMs: 500 },
    outputs: [
      { type: "send" },
      { type: "start", timer: "resend", delayMs: 500 },
      { type: "start", timer: "giveUp", delayMs: 32_000 },
    ],
  });
  assert.deepEqual(step(first.state, { type: "timer", timer: "resend" }, SIP_TIMERS), {
    state: { name: "waiting", resendMs: 1000 },
    outputs: [{ type: "send" }, { type: "start", timer: "resend", delayMs: 1000 }],
  });
  assert.deepEqual(step(first.state, { type: "ack" }, SIP_TIMERS), {
    state: { name: "acknowledged" },
    outputs: [
      { type: "stop", timer: "resend" },
      { type: "stop", timer: "giveUp" },
      { type: "acknowledged" },
    ],
  });
  const over = step(first.state, { type: "timer", timer: "giveUp" }, SIP_TIMERS);
  assert.deepEqual(over.state, { name: "givenUp" });
});
