// Non-INVITE server transaction: RFC 3261 §17.2.2.
import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, step } from "../../src/sip/server-transaction.ts";
import { response, serverTransactionContract, TCP, UDP } from "./server-transaction-contract.ts";

serverTransactionContract({ name: "non-INVITE over UDP", context: UDP, begin, step });
serverTransactionContract({ name: "non-INVITE over TCP", context: TCP, begin, step });

test("RFC 3261 §17.2.2: over UDP the answer is kept for timer J of 64·T1", () => {
  const final = response(200);
  const done = step(begin().state, { type: "respond", response: final }, UDP);
  assert.deepEqual(done, {
    state: { name: "completed", final },
    outputs: [
      { type: "send", response: final },
      { type: "start", timer: "J", delayMs: 32_000 },
    ],
  });
  assert.deepEqual(step(done.state, { type: "request" }, UDP).outputs, [
    { type: "send", response: final },
  ]);
  assert.deepEqual(step(done.state, { type: "timer", timer: "J" }, UDP), {
    state: { name: "terminated" },
    outputs: [],
  });
});

test("RFC 3261 §17.2.2: over TCP it ends with the answer", () => {
  const done = step(begin().state, { type: "respond", response: response(200) }, TCP);
  assert.equal(done.state.name, "terminated");
  assert.equal(done.outputs.length, 1);
});

test("a timer that nobody started changes nothing", () => {
  assert.deepEqual(step(begin().state, { type: "timer", timer: "J" }, UDP), begin());
});

test("RFC 3261 §17.2.2: while trying a repetition is discarded; a provisional answer is repeated", () => {
  assert.deepEqual(begin(), { state: { name: "trying" }, outputs: [] });
  assert.deepEqual(step(begin().state, { type: "request" }, UDP), begin());
  const provisional = response(100);
  const proceeding = step(begin().state, { type: "respond", response: provisional }, UDP);
  const send = { type: "send", response: provisional };
  assert.deepEqual(proceeding, { state: { name: "proceeding", provisional }, outputs: [send] });
  assert.deepEqual(step(proceeding.state, { type: "request" }, UDP).outputs, [send]);
});

test("a transport that fails stops timer J and ends it; nothing happens any more", () => {
  const done = step(begin().state, { type: "respond", response: response(200) }, UDP);
  const failed = step(done.state, { type: "transportFailed" }, UDP);
  assert.deepEqual(failed, {
    state: { name: "terminated" },
    outputs: [
      { type: "stop", timer: "J" },
      { type: "failed", reason: "transport" },
    ],
  });
  for (const input of [{ type: "request" }, { type: "transportFailed" }] as const) {
    assert.deepEqual(step(failed.state, input, UDP), { state: failed.state, outputs: [] });
  }
});
