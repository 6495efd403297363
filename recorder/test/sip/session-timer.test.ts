// RFC 4028: negotiation and the machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeHeader, NO_BODY, type SipResponse } from "../../src/sip/message.ts";
import {
  answerHeaders,
  intervalFrom422,
  intervalFromAnswer,
  negotiate,
  refreshHeaders,
  step,
  type SessionInterval,
  type SessionTimerState,
} from "../../src/sip/session-timer.ts";

function withHeaders(headers: Record<string, string>): SipResponse {
  const list = Object.entries(headers).map(([name, value]) => makeHeader(name, value));
  return {
    kind: "response",
    status: 200,
    reasonPhrase: "OK",
    headers: list,
    body: NO_BODY,
    charset: "utf8",
  };
}

const TABLE_2: readonly [supported: boolean, asked: string, answered: string][] = [
  [true, "1800;refresher=uac", "1800;refresher=uac"],
  [true, "1800;refresher=uas", "1800;refresher=uas"],
  [true, "1800", "1800;refresher=uac"],
  [false, "1800", "1800;refresher=uas"],
  [false, "1800;refresher=uas", "1800;refresher=uas"],
];
for (const [supported, asked, answered] of TABLE_2) {
  test(`RFC 4028 table 2: ${supported ? "timer" : "no timer"} and ${asked} are answered ${answered}`, () => {
    const request = withHeaders({
      "Session-Expires": asked,
      ...(supported ? { Supported: "100rel, timer" } : {}),
    });
    const interval = negotiate(request);
    assert.ok(interval.ok);
    const headers = answerHeaders(interval.value);
    assert.equal(headers.find(({ key }) => key === "session-expires")?.value, answered);
    assert.equal(
      headers.some(({ key }) => key === "require"),
      answered.endsWith("uac"),
    );
  });
}

test("RFC 4028 §9: no Session-Expires, no session timer; below 90 s it is refused", () => {
  assert.deepEqual(negotiate(withHeaders({})), { ok: true, value: null });
  assert.deepEqual(answerHeaders(null), []);
  const short = negotiate(withHeaders({ x: "89" }));
  assert.equal(!short.ok && short.problem.code, "interval-too-small");
  assert.equal(negotiate(withHeaders({ "Session-Expires": "never" })).ok, false);
});

test("RFC 4028 §7: what the answer and a 422 to our refresh say", () => {
  assert.deepEqual(intervalFromAnswer(withHeaders({ "Session-Expires": "120;refresher=uas" })), {
    seconds: 120,
    refresher: "remote",
  });
  assert.deepEqual(intervalFromAnswer(withHeaders({ "Session-Expires": "10" })), {
    seconds: 90,
    refresher: "local",
  });
  assert.equal(intervalFromAnswer(withHeaders({})), null);
  assert.equal(intervalFromAnswer(withHeaders({ "Session-Expires": "x" })), null);
  const interval: SessionInterval = { seconds: 100, refresher: "local" };
  assert.deepEqual(intervalFrom422(withHeaders({ "Min-SE": "300" }), interval), {
    seconds: 300,
    refresher: "local",
  });
  assert.equal(intervalFrom422(withHeaders({ "Min-SE": "100" }), interval), null);
  assert.equal(intervalFrom422(withHeaders({}), interval), null);
  assert.deepEqual(
    refreshHeaders({ seconds: 100, refresher: "remote" }).map(({ value }) => value),
    ["100;refresher=uas", "90"],
  );
});

const OFF: SessionTimerState = { name: "off" };

test("RFC 4028 §10: the watcher gives up min(32 s, a third) before the end; the refresher acts at half", () => {
  const watch = step(OFF, { type: "refreshed", interval: { seconds: 1800, refresher: "remote" } });
  assert.deepEqual(watch.outputs.slice(2), [
    { type: "start", timer: "expire", delayMs: 1_768_000 },
  ]);
  const act = step(OFF, { type: "refreshed", interval: { seconds: 90, refresher: "local" } });
  assert.deepEqual(act.outputs.slice(2), [
    { type: "start", timer: "expire", delayMs: 60_000 },
    { type: "start", timer: "refresh", delayMs: 45_000 },
  ]);
  const refresh = step(act.state, { type: "timer", timer: "refresh" });
  assert.equal(refresh.outputs[0]?.type, "sendRefresh");
  assert.deepEqual(step(act.state, { type: "refreshFailed" }).outputs, [
    { type: "start", timer: "refresh", delayMs: 10_000 },
  ]);
});

test("an interval beyond what timers can hold is watched as 24 days", () => {
  const { outputs } = step(OFF, {
    type: "refreshed",
    interval: { seconds: 2 ** 32 - 1, refresher: "local" },
  });
  for (const output of outputs) assert.ok(output.type !== "start" || output.delayMs < 2 ** 31);
});

test("after its end, or without interval, nothing happens any more", () => {
  const { state } = step(OFF, {
    type: "refreshed",
    interval: { seconds: 90, refresher: "remote" },
  });
  const over = step(state, { type: "timer", timer: "expire" });
  assert.deepEqual(over.outputs, [{ type: "stop", timer: "refresh" }, { type: "expired" }]);
  assert.deepEqual(step(over.state, { type: "refreshed", interval: null }), {
    state: over.state,
    outputs: [],
  });
  assert.deepEqual(step(over.state, { type: "timer", timer: "refresh" }).outputs, []);
  assert.deepEqual(step(OFF, { type: "refreshFailed" }).outputs, []);
  assert.equal(step(state, { type: "refreshed", interval: null }).state.name, "off");
  assert.equal(step(state, { type: "stop" }).state.name, "off");
});

test("each refresh stops both timers before it starts those of the next interval", () => {
  const interval = { seconds: 90, refresher: "local" } as const;
  const stopped = [
    { type: "stop", timer: "refresh" },
    { type: "stop", timer: "expire" },
  ];
  const running = step(OFF, { type: "refreshed", interval });
  assert.deepEqual(running.outputs.slice(0, 2), stopped);
  assert.deepEqual(running.state, { name: "running", interval });
  assert.deepEqual(step(running.state, { type: "refreshed", interval: null }), {
    state: OFF,
    outputs: stopped,
  });
  assert.deepEqual(step(running.state, { type: "stop" }), { state: OFF, outputs: stopped });
  assert.deepEqual(step(running.state, { type: "timer", timer: "refresh" }), {
    state: running.state,
    outputs: [{ type: "sendRefresh", interval }],
  });
  assert.deepEqual(step(running.state, { type: "timer", timer: "expire" }).state, {
    name: "expired",
  });
});
