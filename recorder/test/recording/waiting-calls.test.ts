// Calls that come while recovery still runs (design.md §5: "before new calls are taken").
import assert from "node:assert/strict";
import { test } from "node:test";
import { WaitingCalls } from "../../src/recording/waiting-calls.ts";
import type { SipSession } from "../../src/sip/session.ts";
import { FakeSession, OFFER, sdp } from "./fakes.ts";

test("calls wait for the end of recovery, in their order; who gives up is forgotten", () => {
  const taken: SipSession[] = [];
  const waiting = new WaitingCalls((session) => taken.push(session));
  const [first, gone, second, later] = ["a", "b", "c", "d"].map((callId) => {
    return new FakeSession({ callId });
  });
  assert.ok(first && gone && second && later);
  for (const session of [first, gone, second]) waiting.onInvite(session);
  gone.end({ cause: "cancelled", reason: null });
  first.message("in", "INVITE");
  first.delegate.onConfirmed();
  first.delegate.onAnswer(sdp(OFFER));
  assert.deepEqual(first.delegate.onReoffer(null), { status: 488 });
  assert.deepEqual(taken, []);
  waiting.open();
  assert.deepEqual(taken, [first, second]);
  waiting.onInvite(later);
  assert.deepEqual(taken, [first, second, later]);
});
