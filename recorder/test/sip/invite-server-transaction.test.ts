// INVITE server transaction: RFC 3261 §17.2.1, RFC 6026 §7.1.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  begin,
  resumeAccepted,
  step,
  type InviteServerInput,
  type InviteServerState,
  type InviteServerStep,
  type InviteServerTimer,
} from "../../src/sip/invite-server-transaction.ts";
import type { TransactionContext } from "../../src/sip/sip-timers.ts";
import { response, serverTransactionContract, TCP, UDP } from "./server-transaction-contract.ts";

const trying = response(100);
for (const [name, context] of [
  ["INVITE over UDP", UDP],
  ["INVITE over TCP", TCP],
] as const) {
  serverTransactionContract({ name, context, begin: (of) => begin(trying, of), step });
}

function feed(
  context: TransactionContext,
  ...inputs: readonly InviteServerInput[]
): InviteServerStep {
  let last = begin(trying, context);
  for (const input of inputs) last = step(last.state, input, context);
  return last;
}

const timer = (name: InviteServerTimer): InviteServerInput => ({ type: "timer", timer: name });
const respond = (status: number): InviteServerInput => ({
  type: "respond",
  response: response(status),
});

test("RFC 3261 §17.2.1: 100 after 200 ms, unless an answer came first", () => {
  assert.deepEqual(begin(trying, UDP).outputs, [{ type: "start", timer: "trying", delayMs: 200 }]);
  assert.deepEqual(feed(UDP, timer("trying")).outputs, [{ type: "send", response: trying }]);
  assert.deepEqual(feed(UDP, respond(180), timer("trying")).outputs, []);
});

test("RFC 3261 §17.2.1: timer G doubles from T1 to T2 and repeats the refusal", () => {
  let last = feed(UDP, respond(486));
  assert.deepEqual(last.outputs, [
    { type: "stop", timer: "trying" },
    { type: "send", response: response(486) },
    { type: "start", timer: "H", delayMs: 32_000 },
    { type: "start", timer: "G", delayMs: 500 },
  ]);
  const delays: number[] = [];
  for (let round = 0; round < 5; round++) {
    last = step(last.state, timer("G"), UDP);
    assert.deepEqual(last.outputs[0], { type: "send", response: response(486) });
    const start = last.outputs[1];
    assert.ok(start?.type === "start" && start.timer === "G");
    delays.push(start.delayMs);
  }
  assert.deepEqual(delays, [1000, 2000, 4000, 4000, 4000]);
});

test("RFC 3261 §17.2.1: over TCP no timer G runs", () => {
  assert.ok(
    !feed(TCP, respond(486)).outputs.some(
      (output) => output.type === "start" && output.timer === "G",
    ),
  );
});

test("RFC 3261 §17.2.1: timer H without ACK is a failure", () => {
  assert.deepEqual(feed(UDP, respond(486), timer("H")), {
    state: { name: "terminated" },
    outputs: [
      { type: "stop", timer: "G" },
      { type: "failed", reason: "timeout" },
    ],
  });
});

test("RFC 3261 §17.2.1: the ACK of a refusal stops G and H; timer I absorbs more of them", () => {
  const acked = feed(UDP, respond(486), { type: "ack" });
  assert.deepEqual(acked, {
    state: { name: "confirmed" },
    outputs: [
      { type: "stop", timer: "G" },
      { type: "stop", timer: "H" },
      { type: "start", timer: "I", delayMs: 5_000 },
    ],
  });
  assert.deepEqual(step(acked.state, { type: "ack" }, UDP).outputs, []);
  assert.equal(step(acked.state, timer("I"), UDP).state.name, "terminated");
  assert.equal(feed(TCP, respond(486), { type: "ack" }).state.name, "terminated");
});

test("RFC 6026 §7.1: after a 2xx repetitions are absorbed, ACKs delivered, 2xx passed on, until timer L", () => {
  const accepted = feed(UDP, respond(200));
  assert.deepEqual(accepted.outputs.at(-1), { type: "start", timer: "L", delayMs: 32_000 });
  assert.deepEqual(step(accepted.state, { type: "request" }, UDP).outputs, []);
  assert.deepEqual(step(accepted.state, { type: "ack" }, UDP).outputs, [{ type: "deliverAck" }]);
  assert.deepEqual(step(accepted.state, respond(200), UDP).outputs, [
    { type: "send", response: response(200) },
  ]);
  assert.deepEqual(step(accepted.state, respond(486), UDP).outputs, []);
  assert.deepEqual(step(accepted.state, { type: "transportFailed" }, UDP).outputs, []);
  assert.equal(step(accepted.state, timer("L"), UDP).state.name, "terminated");
  assert.deepEqual(resumeAccepted(UDP).state, accepted.state);
});

test("every state takes every input, and only the listed moves leave a state", () => {
  const states: InviteServerState[] = [
    { name: "proceeding", trying, provisional: null },
    { name: "completed", final: response(486), resendMs: 500 },
    { name: "accepted" },
    { name: "confirmed" },
    { name: "terminated" },
  ];
  const inputs: [string, InviteServerInput][] = [
    ["request", { type: "request" }],
    ["ack", { type: "ack" }],
    ["180", respond(180)],
    ["200", respond(200)],
    ["486", respond(486)],
    ["failed", { type: "transportFailed" }],
    ...(["trying", "G", "H", "I", "L"] as const).map((name): [string, InviteServerInput] => [
      name,
      timer(name),
    ]),
  ];
  const moves: string[] = [];
  for (const state of states) {
    for (const [label, input] of inputs) {
      const next = step(state, input, UDP).state.name;
      if (next !== state.name) moves.push(`${state.name} ${label} ${next}`);
    }
  }
  assert.deepEqual(moves, [
    "proceeding 200 accepted",
    "proceeding 486 completed",
    "proceeding failed terminated",
    "completed ack confirmed",
    "completed failed terminated",
    "completed H terminated",
    "accepted L terminated",
    "confirmed I terminated",
  ]);
});
