// Interarrival jitter, number by number.  RFC 3550 §6.4.1, A.8
import assert from "node:assert/strict";
import test from "node:test";
import { JitterMeter } from "../../src/rtp/jitter.ts";

/** 10 s in timestamp units: from there on a difference is a new base. */
const NEW_BASE = 80_000;

test("RFC 3550 A.8: each packet moves the jitter by a sixteenth of its deviation", () => {
  const jitter = new JitterMeter();
  jitter.update(0, 0);
  assert.equal(jitter.units, 0, "one packet has no interval");
  jitter.update(160, 40); // 20 ms late: 160 units
  assert.equal(jitter.units, 10);
  assert.equal(jitter.ms, 10 / 8);
  jitter.update(320, 60); // on time: the jitter decays
  assert.equal(jitter.units, 9);
  assert.equal(jitter.ms, (10 - 10 / 16) / 8);
});

test("a packet that is early counts as one that is late", () => {
  const jitter = new JitterMeter();
  jitter.update(0, 100);
  jitter.update(320, 120);
  assert.equal(jitter.units, 10);
});

test("a difference of 10 s is a new base of timestamps, and no jitter; a little less is", () => {
  const other = new JitterMeter();
  other.update(NEW_BASE, 0);
  other.update(0, 0);
  assert.equal(other.units, 0);
  const large = new JitterMeter();
  large.update(NEW_BASE - 16, 0);
  large.update(0, 0);
  assert.equal(large.units, NEW_BASE / 16 - 1);
});
