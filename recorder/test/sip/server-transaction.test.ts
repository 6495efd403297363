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
