// Tables of the client transaction machines: state, input → state, outputs. No clock needed.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  RFC_3261_TIMERS,
  startInvite,
  startNonInvite,
  stepClient,
} from "../../src/pbx/sip-client-transaction.ts";
import type {
  ClientInput,
  ClientOptions,
  ClientOutput,
  ClientState,
  ClientStep,
  ClientTimer,
} from "../../src/pbx/sip-client-transaction.ts";

const UDP: ClientOptions = { timers: RFC_3261_TIMERS, isReliable: false };
const TCP: ClientOptions = { timers: RFC_3261_TIMERS, isReliable: true };

function say(output: ClientOutput): string {
  if (output.type === "start") return `start ${output.timer} ${output.delayMs}`;
  return output.type === "stop" ? `stop ${output.timer}` : output.type;
}

function told(step: ClientStep): string[] {
  return [step.state.name, ...step.outputs.map(say)];
}

function response(status: number): ClientInput {
  return { type: "response", status };
}

function timer(name: ClientTimer): ClientInput {
  return { type: "timer", timer: name };
}

test("timer A doubles without limit, timer B ends the wait (RFC 3261 §17.1.1.2)", () => {
  let { state, outputs } = startInvite(UDP);
  assert.deepEqual(outputs.map(say), ["send", "start A 500", "start B 32000"]);
  const delays: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    ({ state, outputs } = stepClient(state, timer("A"), UDP));
    assert.equal(outputs[0]!.type, "send");
    delays.push(say(outputs[1]!));
  }
  assert.deepEqual(
    delays,
    [1000, 2000, 4000, 8000, 16_000, 32_000].map((ms) => `start A ${ms}`),
  );
  assert.deepEqual(told(stepClient(state, timer("B"), UDP)), [
    "terminated",
    "stop A",
    "stop B",
    "timeout",
  ]);
});

test("timer E doubles up to T2 and stays there; in Proceeding it is T2 (§17.1.2.2)", () => {
  let { state, outputs } = startNonInvite(UDP);
  assert.deepEqual(outputs.map(say), ["send", "start E 500", "start F 32000"]);
  const delays: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    ({ state, outputs } = stepClient(state, timer("E"), UDP));
    delays.push(say(outputs[1]!));
  }
  assert.deepEqual(
    delays,
    [1000, 2000, 4000, 4000, 4000].map((ms) => `start E ${ms}`),
  );
  ({ state } = stepClient(state, response(100), UDP));
  assert.deepEqual(told(stepClient(state, timer("E"), UDP)), [
    "proceeding",
    "send",
    "start E 4000",
  ]);
  assert.deepEqual(told(stepClient(state, timer("F"), UDP)).at(-1), "timeout");
});

test("streams repeat nothing and linger nowhere", () => {
  assert.deepEqual(startInvite(TCP).outputs.map(say), ["send", "start B 32000"]);
  assert.deepEqual(startNonInvite(TCP).outputs.map(say), ["send", "start F 32000"]);
  const refused = stepClient(startInvite(TCP).state, response(486), TCP);
  assert.deepEqual(told(refused), ["terminated", "stop A", "stop B", "acknowledge", "deliver"]);
  const answered = stepClient(startNonInvite(TCP).state, response(200), TCP);
  assert.deepEqual(told(answered), ["terminated", "stop E", "stop F", "deliver"]);
});

const CALLING: ClientState = { name: "calling", resendMs: 500 };
const TRYING: ClientState = { name: "trying", resendMs: 500 };
const STATES: ClientState[] = [
  CALLING,
  TRYING,
  { name: "invite-proceeding" } as const,
  { name: "accepted" } as const,
  { name: "invite-completed" } as const,
  { name: "proceeding" } as const,
  { name: "completed" } as const,
  { name: "terminated" } as const,
];

const MOVES: [ClientState["name"], ClientInput, string[]][] = [
  ["calling", response(180), ["invite-proceeding", "stop A", "stop B", "deliver"]],
  ["calling", response(200), ["accepted", "stop A", "stop B", "deliver", "start M 32000"]],
  [
    ...(["calling" as const, response(503)] as const),
    ["invite-completed", "stop A", "stop B", "acknowledge", "deliver", "start D 32000"],
  ],
  ["calling", { type: "abandon" }, ["calling", "stop A"]],
  [
    ...(["calling" as const, { type: "transport-error" } as const] as const),
    ["terminated", "stop A", "stop B", "transport-failed"],
  ],
  ["calling", timer("K"), ["calling"]],
  ["invite-proceeding", response(183), ["invite-proceeding", "stop A", "stop B", "deliver"]],
  [
    "invite-proceeding",
    response(204),
    ["accepted", "stop A", "stop B", "deliver", "start M 32000"],
  ],
  ["invite-proceeding", timer("A"), ["invite-proceeding"]],
  ["invite-proceeding", { type: "abandon" }, ["invite-proceeding"]],
  [
    ...(["invite-proceeding" as const, { type: "transport-error" } as const] as const),
    ["terminated", "stop A", "stop B", "transport-failed"],
  ],
  ["invite-completed", response(486), ["invite-completed", "acknowledge"]],
  ["invite-completed", response(200), ["invite-completed"]],
  ["invite-completed", timer("D"), ["terminated"]],
  ["invite-completed", timer("A"), ["invite-completed"]],
  [
    ...(["invite-completed" as const, { type: "transport-error" } as const] as const),
    ["terminated", "stop D", "transport-failed"],
  ],
  ["accepted", response(200), ["accepted", "deliver"]],
  ["accepted", response(486), ["accepted"]],
  ["accepted", response(180), ["accepted"]],
  ["accepted", timer("M"), ["terminated"]],
  ["accepted", { type: "transport-error" }, ["accepted"]],
  ["trying", response(200), ["completed", "stop E", "stop F", "deliver", "start K 5000"]],
  ["trying", response(100), ["proceeding", "deliver"]],
  ["trying", { type: "abandon" }, ["trying"]],
  ["trying", timer("B"), ["trying"]],
  [
    ...(["trying" as const, { type: "transport-error" } as const] as const),
    ["terminated", "stop E", "stop F", "transport-failed"],
  ],
  ["proceeding", response(481), ["completed", "stop E", "stop F", "deliver", "start K 5000"]],
  ["completed", response(200), ["completed"]],
  ["completed", timer("K"), ["terminated"]],
  ["terminated", response(200), ["terminated"]],
  ["terminated", timer("B"), ["terminated"]],
];

for (const [name, input, expected] of MOVES) {
  const what = input.type === "response" ? String(input.status) : "";
  const which = input.type === "timer" ? input.timer : what;
  test(`${name} on ${input.type} ${which} gives ${expected.join(", ")}`, () => {
    const state = STATES.find((candidate) => candidate.name === name)!;
    assert.deepEqual(told(stepClient(state, input, UDP)), expected);
  });
}
