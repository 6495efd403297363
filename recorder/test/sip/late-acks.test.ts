// ACKs of calls that are over (R20): for 32 s, for 256 calls, no longer than one is awaited.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LATE_ACK_CALLS, LATE_ACK_MS, LateAcks } from "../../src/sip/late-acks.ts";
import type { IncomingRequest } from "../../src/sip/transaction-layer.ts";
import { TestClock } from "./fake-ports.ts";

// What an ACK says is its session's concern.
const ACK = {} as unknown as IncomingRequest;

class OverCall {
  readonly key: string;
  /** ACKs still owed. */
  owed: number;
  heard = 0;

  constructor(key: string, owed = 1) {
    this.key = key;
    this.owed = owed;
  }

  get awaitsAck(): boolean {
    return this.owed > 0;
  }

  handleAck(): void {
    this.heard += 1;
    this.owed -= 1;
  }
}

test("each awaited ACK reaches its call once, and no other call", () => {
  const late = new LateAcks(new TestClock());
  const [one, other] = [new OverCall("one", 2), new OverCall("other")];
  late.keep(one);
  late.keep(other);
  for (let time = 0; time < 4; time += 1) late.handleAck("one", ACK);
  late.handleAck("unknown", ACK);
  assert.deepEqual([one.heard, other.heard], [2, 0]);
});

test("a call that awaits none is not kept", () => {
  const late = new LateAcks(new TestClock());
  const call = new OverCall("call", 0);
  late.keep(call);
  late.handleAck("call", ACK);
  assert.equal(call.heard, 0);
});

test("32 s after its end an ACK still counts, a moment later it does not, nor ever after", () => {
  const clock = new TestClock();
  const late = new LateAcks(clock);
  const [intime, tooLate] = [new OverCall("a"), new OverCall("b")];
  late.keep(intime);
  late.keep(tooLate);
  clock.advance(LATE_ACK_MS);
  late.handleAck("a", ACK);
  clock.advance(1);
  late.handleAck("b", ACK);
  assert.deepEqual([intime.heard, tooLate.heard], [1, 0]);
});

test("of more calls than the limit the oldest gives way; clearing forgets all", () => {
  const late = new LateAcks(new TestClock());
  const calls = Array.from({ length: LATE_ACK_CALLS + 1 }, (_, index) => new OverCall(`${index}`));
  for (const call of calls) late.keep(call);
  for (const { key } of calls.slice(0, 3)) late.handleAck(key, ACK);
  assert.deepEqual(
    calls.slice(0, 3).map(({ heard }) => heard),
    [0, 1, 1],
  );
  late.clear();
  late.handleAck(calls.at(-1)?.key ?? "", ACK);
  assert.equal(calls.at(-1)?.heard, 0);
});
