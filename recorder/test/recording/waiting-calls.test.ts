// Calls that come while old ones are rebuilt after a crash: taken afterwards, in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WaitingCalls } from "../../src/recording/waiting-calls.ts";
import type { SipSession } from "../../src/sip/session.ts";

function session(): SipSession {
  return { delegate: null } as unknown as SipSession;
}

test("calls during recovery wait, in order, and later ones are taken at once", () => {
  const taken: SipSession[] = [];
  const calls = new WaitingCalls((call) => taken.push(call));
  const [first, second, third] = [session(), session(), session()];
  calls.onInvite(first);
  calls.onInvite(second);
  assert.deepEqual(taken, []);
  calls.open();
  calls.onInvite(third);
  assert.deepEqual(taken, [first, second, third]);
});

test("a caller that gives up while waiting is forgotten", () => {
  const taken: SipSession[] = [];
  const calls = new WaitingCalls((call) => taken.push(call));
  const given = session();
  calls.onInvite(given);
  given.delegate.onMessage({
    direction: "in",
    transport: "udp",
    from: "192.0.2.1:5060",
    to: "192.0.2.10:5060",
    text: "CANCEL",
  });
  given.delegate.onEnded({ cause: "cancelled", reason: null });
  calls.open();
  assert.deepEqual(taken, []);
});
