// Over a stream nothing is sent again, over UDP only late: what comes before its dialog is restored
// is kept, in order and within a limit (R4, RFC 3261 §17.1.2.2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { HELD_REQUESTS_LIMIT, HeldRequests } from "../../src/sip/held-requests.ts";
import { SIP_ENDPOINT_LIMITS } from "../../src/sip/endpoint.ts";

test("what is held goes on in the order in which it came, once", () => {
  const held = new HeldRequests();
  const heard: string[] = [];
  held.hold("a", () => heard.push("ACK"));
  held.hold("a", () => heard.push("BYE"));
  assert.deepEqual(heard, []);
  held.release();
  held.release();
  assert.deepEqual(heard, ["ACK", "BYE"]);
});

test("of which calls something is held is known until it goes on", () => {
  const held = new HeldRequests();
  held.hold("a", () => assert.equal(held.has("a"), false));
  assert.deepEqual([held.has("a"), held.has("b")], [true, false]);
  held.release();
  held.hold("b", () => assert.fail("cleared"));
  held.clear();
  assert.equal(held.has("b"), false);
});

test("what comes while it goes on waits for the next time", () => {
  const held = new HeldRequests();
  const heard: string[] = [];
  held.hold("a", () => held.hold("a", () => heard.push("later")));
  held.release();
  assert.deepEqual(heard, []);
  held.release();
  assert.deepEqual(heard, ["later"]);
});

test("it is full at a limit with room for a request of each dialog; cleared it has nothing", () => {
  assert.ok(HELD_REQUESTS_LIMIT > SIP_ENDPOINT_LIMITS.maximumDialogs);
  const held = new HeldRequests();
  for (let index = 0; index < HELD_REQUESTS_LIMIT; index += 1) {
    assert.equal(held.isFull, false);
    held.hold("a", () => assert.fail("cleared"));
  }
  assert.equal(held.isFull, true);
  held.clear();
  assert.equal(held.isFull, false);
  held.release();
});
