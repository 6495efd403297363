// INVITE client transaction: RFC 3261 §17.1.1, RFC 6026 §7.2.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  begin,
  step,
  type InviteClientInput,
  type InviteClientTimer,
} from "../../src/sip/invite-client-transaction.ts";
import { response, TCP, UDP } from "./server-transaction-contract.ts";

const timer = (name: InviteClientTimer): InviteClientInput => ({ type: "timer", timer: name });
const receive = (status: number): InviteClientInput => ({
  type: "response",
  response: response(status),
});

test("RFC 3261 §17.1.1.2: timer A doubles without bound while calling, B gives up", () => {
  let last = begin(UDP);
  const delays: number[] = [];
  for (let round = 0; round < 5; round++) {
    last = step(last.state, timer("A"), UDP);
    const start = last.outputs[1];
    assert.ok(start?.type === "start");
    delays.push(start.delayMs);
  }
  assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16000]);
  assert.deepEqual(step(last.state, timer("B"), UDP).outputs.at(-1), {
    type: "failed",
    reason: "timeout",
  });
});

test("a provisional answer stops the repetition but not timer B", () => {
  const proceeding = step(begin(UDP).state, receive(100), UDP);
  assert.deepEqual(proceeding.outputs, [
    { type: "stop", timer: "A" },
    { type: "deliver", response: response(100) },
  ]);
  assert.deepEqual(step(proceeding.state, timer("A"), UDP).outputs, []);
  assert.equal(step(proceeding.state, timer("B"), UDP).state.name, "terminated");
});

test("RFC 3261 §17.1.1.2: a refusal is acknowledged, as are its copies until timer D", () => {
  const refused = step(begin(UDP).state, receive(491), UDP);
  assert.deepEqual(refused.outputs.slice(2), [
    { type: "sendAck", final: response(491) },
    { type: "deliver", response: response(491) },
    { type: "start", timer: "D", delayMs: 32_000 },
  ]);
  assert.deepEqual(step(refused.state, receive(491), UDP).outputs, [
    { type: "sendAck", final: response(491) },
  ]);
  assert.deepEqual(step(refused.state, receive(100), UDP).outputs, []);
  assert.equal(step(refused.state, timer("D"), UDP).state.name, "terminated");
  assert.equal(step(refused.state, { type: "transportFailed" }, UDP).state.name, "terminated");
  assert.equal(step(begin(TCP).state, receive(491), TCP).state.name, "terminated");
});

test("RFC 6026 §7.2: every copy of a 2xx is delivered until timer M", () => {
  const accepted = step(begin(UDP).state, receive(200), UDP);
  assert.deepEqual(accepted.outputs.at(-1), { type: "start", timer: "M", delayMs: 32_000 });
  assert.deepEqual(step(accepted.state, receive(200), UDP).outputs, [
    { type: "deliver", response: response(200) },
  ]);
  assert.deepEqual(step(accepted.state, receive(486), UDP).outputs, []);
  const over = step(accepted.state, timer("M"), UDP);
  assert.equal(over.state.name, "terminated");
  assert.deepEqual(step(over.state, receive(200), UDP).outputs, []);
});

test("a failed transport ends it", () => {
  assert.deepEqual(step(begin(TCP).state, { type: "transportFailed" }, TCP).outputs.at(-1), {
    type: "failed",
    reason: "transport",
  });
});

const names = (outputs: readonly { readonly type: string; readonly timer?: string }[]): string[] =>
  outputs.map(({ type, timer }) => (timer === undefined ? type : `${type} ${timer}`));

test("RFC 3261 §17.1.1.2: the INVITE leaves with timer B, over UDP with A as well", () => {
  assert.deepEqual(begin(UDP).outputs, [
    { type: "send" },
    { type: "start", timer: "B", delayMs: 32_000 },
    { type: "start", timer: "A", delayMs: 500 },
  ]);
  assert.deepEqual(names(begin(TCP).outputs), ["send", "start B"]);
  assert.deepEqual(names(step(begin(UDP).state, timer("A"), UDP).outputs), ["send", "start A"]);
});

test("RFC 3261 §17.1.1.2: whatever ends it stops the timers that still run", () => {
  for (const { state } of [begin(UDP), step(begin(UDP).state, receive(180), UDP)]) {
    const told = (input: InviteClientInput, context = UDP): string[] =>
      names(step(state, input, context).outputs);
    assert.deepEqual(told(receive(200)), ["stop A", "stop B", "deliver", "start M"]);
    assert.deepEqual(told(receive(300)), ["stop A", "stop B", "sendAck", "deliver", "start D"]);
    assert.deepEqual(told(receive(300), TCP), ["stop A", "stop B", "sendAck", "deliver"]);
    assert.deepEqual(told(timer("B")), ["stop A", "failed"]);
    assert.deepEqual(told({ type: "transportFailed" }), ["stop A", "stop B", "failed"]);
    for (const other of ["D", "M"] as const) assert.deepEqual(told(timer(other)), []);
  }
});

test("each state is left by its own timer alone", () => {
  const completed = step(begin(UDP).state, receive(300), UDP).state;
  const accepted = step(begin(UDP).state, receive(299), UDP).state;
  assert.deepEqual([completed.name, accepted.name], ["completed", "accepted"]);
  for (const other of ["A", "B", "M"] as const) {
    assert.deepEqual(step(completed, timer(other), UDP), { state: completed, outputs: [] });
  }
  assert.deepEqual(step(completed, receive(200), UDP), { state: completed, outputs: [] });
  assert.deepEqual(names(step(completed, timer("D"), UDP).outputs), ["stop D"]);
  for (const other of ["A", "B", "D"] as const) {
    assert.deepEqual(step(accepted, timer(other), UDP), { state: accepted, outputs: [] });
  }
  const failed: InviteClientInput = { type: "transportFailed" };
  assert.deepEqual(step(accepted, failed, UDP), { state: accepted, outputs: [] });
});
