// The responder's tokens: only a host that receives what is sent to it becomes known.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Handshake,
  KNOWN_FOR_MS,
  MAXIMUM_KNOWN_HOSTS,
  TOKEN_SLOT_MS,
} from "../../src/responder/handshake.ts";

const HOST = "192.0.2.1";
const secret = new Uint8Array(32).fill(7);

test("a host that says its token back is known, for ten minutes after its last word", () => {
  const handshake = new Handshake(secret);
  assert.equal(handshake.isKnown(HOST, 0), false);
  assert.equal(handshake.accept(HOST, handshake.tokenFor(HOST, 0), 10), true);
  assert.equal(handshake.isKnown(HOST, KNOWN_FOR_MS - 1), true);
  assert.equal(handshake.isKnown(HOST, 2 * KNOWN_FOR_MS - 2), true);
  assert.equal(handshake.isKnown(HOST, 3 * KNOWN_FOR_MS), false);
});

test("a token of another host, of another responder, or of two minutes ago is none", () => {
  const handshake = new Handshake(secret);
  assert.equal(handshake.accept(HOST, handshake.tokenFor("192.0.2.2", 0), 0), false);
  assert.equal(
    handshake.accept(HOST, new Handshake(new Uint8Array(32)).tokenFor(HOST, 0), 0),
    false,
  );
  const token = handshake.tokenFor(HOST, 0);
  assert.equal(handshake.accept(HOST, token, 2 * TOKEN_SLOT_MS), false);
  assert.equal(handshake.accept(HOST, token, 2 * TOKEN_SLOT_MS - 1), true);
  assert.equal(handshake.accept(HOST, "", 0), false);
});

test("at the limit of hosts a further one waits until one is forgotten", () => {
  const handshake = new Handshake(secret);
  const accept = (host: string, nowMs: number) =>
    handshake.accept(host, handshake.tokenFor(host, nowMs), nowMs);
  for (let host = 0; host < MAXIMUM_KNOWN_HOSTS; host += 1) {
    assert.equal(accept(`192.0.2.${host}`, 0), true);
  }
  assert.equal(accept("198.51.100.1", 1), false);
  assert.equal(accept("192.0.2.5", 1), true);
  assert.equal(accept("198.51.100.1", KNOWN_FOR_MS + 2), true);
});
