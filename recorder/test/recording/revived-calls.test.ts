// Which signs keep a call alive that was rebuilt after a crash (design.md §5, "Live pair and
// crash"): audio for good, a SIP message for as long as a hold needs none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RECOVERY_SILENCE_MS, RevivedCalls } from "../../src/recording/revived-calls.ts";
import { Scene } from "./fakes.ts";

function revived(expectsMedia: boolean) {
  const { clock } = new Scene();
  const silent: string[] = [];
  const calls = new RevivedCalls(clock, (key) => silent.push(key));
  calls.add("a", expectsMedia);
  return { calls, clock, silent };
}

test("silent for 10 s after its file was opened, a call is over, once", () => {
  const { calls, clock, silent } = revived(true);
  clock.advance(RECOVERY_SILENCE_MS * 2);
  calls.opened("a");
  clock.advance(RECOVERY_SILENCE_MS - 1);
  assert.deepEqual(silent, []);
  clock.advance(1);
  assert.deepEqual(silent, ["a"]);
  calls.onMessage("a");
  calls.onNegotiated("a", true);
  assert.deepEqual(clock.names(), []);
});

test("audio ends the doubt; so does the end of the recording", () => {
  const { calls, clock } = revived(true);
  calls.opened("a");
  calls.settle("a");
  calls.onMessage("a");
  assert.deepEqual(clock.names(), []);
});

test("a SIP message gives a call that is not held another 10 s, in which audio must come", () => {
  const { calls, clock, silent } = revived(true);
  calls.opened("a");
  clock.advance(9_000);
  calls.onMessage("a");
  clock.advance(RECOVERY_SILENCE_MS - 1);
  assert.deepEqual(silent, []);
  clock.advance(1);
  assert.deepEqual(silent, ["a"]);
});

test("a held call needs no audio once a message has come, until it is retrieved", () => {
  const { calls, clock, silent } = revived(false);
  calls.opened("a");
  calls.onMessage("a");
  clock.advance(3_600_000);
  assert.deepEqual(silent, []);
  calls.onNegotiated("a", true);
  clock.advance(RECOVERY_SILENCE_MS);
  assert.deepEqual(silent, ["a"]);
});

test("a call that is put on hold while it is waited for stays, however long", () => {
  const { calls, clock, silent } = revived(true);
  calls.opened("a");
  calls.onMessage("a");
  calls.onNegotiated("a", false);
  clock.advance(3_600_000);
  assert.deepEqual(silent, []);
});

test("what comes before the file is open begins no wait, but is remembered", () => {
  const { calls, clock, silent } = revived(true);
  calls.onMessage("a");
  calls.onNegotiated("a", false);
  assert.deepEqual(clock.names(), []);
  calls.opened("a");
  calls.onMessage("a");
  clock.advance(3_600_000);
  assert.deepEqual(silent, []);
});

test("of a call that nobody doubts nothing is waited for", () => {
  const { calls, clock } = revived(true);
  calls.opened("b");
  calls.onMessage("b");
  calls.onNegotiated("b", true);
  calls.settle("b");
  assert.deepEqual(clock.names(), []);
});
