// Non-INVITE client transaction: RFC 3261 §17.1.2.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  begin,
  step,
  type ClientInput,
  type ClientState,
} from "../../src/sip/client-transaction.ts";
import { response, TCP, UDP } from "./server-transaction-contract.ts";

const timer = (name: "E" | "F" | "K"): ClientInput => ({ type: "timer", timer: name });
const receive = (status: number): ClientInput => ({ type: "response", response: response(status) });

test("RFC 3261 §17.1.2.2: timer E doubles from T1 to T2, then stays", () => {
  let last = begin(UDP);
  assert.deepEqual(last.outputs, [
    { type: "send" },
    { type: "start", timer: "F", delayMs: 32_000 },
    { type: "start", timer: "E", delayMs: 500 },
  ]);
  const delays: number[] = [];
  for (let round = 0; round < 5; round++) {
    last = step(last.state, timer("E"), UDP);
    const start = last.outputs[1];
    assert.ok(start?.type === "start");
    delays.push(start.delayMs);
  }
  assert.deepEqual(delays, [1000, 2000, 4000, 4000, 4000]);
});

test("RFC 3261 §17.1.2.2: after a provisional answer timer E repeats every T2", () => {
  const proceeding = step(begin(UDP).state, receive(100), UDP);
  assert.deepEqual(proceeding.outputs, [{ type: "deliver", response: response(100) }]);
  assert.deepEqual(step(proceeding.state, timer("E"), UDP).outputs, [
    { type: "send" },
    { type: "start", timer: "E", delayMs: 4_000 },
  ]);
  assert.deepEqual(step(proceeding.state, receive(100), UDP).outputs, []);
});

test("RFC 3261 §17.1.2.2: a final answer is delivered once; timer K absorbs its copies", () => {
  const done = step(begin(UDP).state, receive(200), UDP);
  assert.deepEqual(done.outputs.slice(2), [
    { type: "deliver", response: response(200) },
    { type: "start", timer: "K", delayMs: 5_000 },
  ]);
  assert.deepEqual(step(done.state, receive(200), UDP).outputs, []);
  assert.equal(step(done.state, timer("K"), UDP).state.name, "terminated");
});

test("over TCP nothing is repeated, and the final answer ends it", () => {
  assert.equal(begin(TCP).outputs.length, 2);
  assert.equal(step(begin(TCP).state, receive(481), TCP).state.name, "terminated");
});

test("timer F and a failed transport end it with a failure", () => {
  const { state } = begin(UDP);
  assert.deepEqual(step(state, timer("F"), UDP).outputs.at(-1), {
    type: "failed",
    reason: "timeout",
  });
  assert.deepEqual(step(state, { type: "transportFailed" }, UDP).outputs.at(-1), {
    type: "failed",
    reason: "transport",
  });
  assert.deepEqual(step(state, timer("K"), UDP).outputs, []);
  const over: ClientState = { name: "terminated" };
  assert.deepEqual(step(over, receive(200), UDP), { state: over, outputs: [] });
});

const names = (outputs: readonly { readonly type: string; readonly timer?: string }[]): string[] =>
  outputs.map(({ type, timer }) => (timer === undefined ? type : `${type} ${timer}`));

test("RFC 3261 §17.1.2.2: whatever ends it stops the timers that still run", () => {
  const { state } = begin(UDP);
  const told = (input: ClientInput, context = UDP): string[] =>
    names(step(state, input, context).outputs);
  assert.deepEqual(told(receive(200)), ["stop E", "stop F", "deliver", "start K"]);
  assert.deepEqual(told(receive(200), TCP), ["stop E", "stop F", "deliver"]);
  assert.deepEqual(told(timer("F")), ["stop E", "failed"]);
  assert.deepEqual(told({ type: "transportFailed" }), ["stop E", "stop F", "failed"]);
});

test("RFC 3261 §17.1.2.2: completed ends by timer K alone", () => {
  const { state } = step(begin(UDP).state, receive(299), UDP);
  assert.equal(state.name, "completed");
  const inputs = [timer("E"), timer("F"), receive(500), { type: "transportFailed" as const }];
  for (const input of inputs) assert.deepEqual(step(state, input, UDP), { state, outputs: [] });
  assert.deepEqual(step(state, timer("K"), UDP), { state: { name: "terminated" }, outputs: [] });
});

test("timer K says nothing before there is a final answer; 199 is none, 200 is", () => {
  const { state } = begin(UDP);
  assert.deepEqual(step(state, timer("K"), UDP), { state, outputs: [] });
  assert.equal(step(state, receive(199), UDP).state.name, "proceeding");
  assert.equal(step(state, receive(200), UDP).state.name, "completed");
});
