// The reduced E-model for G.711 (ITU-T G.107, G.113; standards.md), listening.
import assert from "node:assert/strict";
import test from "node:test";
import { listeningMos, listeningRating, MOS_METHOD, mosOfRating } from "../../src/audio/e-model.ts";

test("no measurement, no value", () => {
  const none = { packetsExpected: 0, packetsMissing: 0, lossRuns: 0 };
  assert.deepEqual(listeningMos(none), { mos: null, mosMethod: null });
});

test("without loss R is 93.2 and the MOS 4.41; the method is named", () => {
  assert.equal(listeningRating(0, 1), 93.2);
  const perfect = { packetsExpected: 100, packetsMissing: 0, lossRuns: 0 };
  assert.deepEqual(listeningMos(perfect), { mos: 4.41, mosMethod: MOS_METHOD });
});

test("1 % random loss costs 95 · 1 ÷ (1 + 4.3) of R", () => {
  assert.ok(Math.abs(listeningRating(1, 1) - (93.2 - 95 / 5.3)) < 1e-9);
  const measured = { packetsExpected: 1000, packetsMissing: 10, lossRuns: 10 };
  assert.equal(listeningMos(measured).mos, 3.83);
});

test("the same loss in bursts is worse", () => {
  const random = listeningMos({ packetsExpected: 1000, packetsMissing: 50, lossRuns: 50 }).mos;
  const bursty = listeningMos({ packetsExpected: 1000, packetsMissing: 50, lossRuns: 10 }).mos;
  assert.ok(random !== null && bursty !== null && bursty < random);
});

test("MOS is 1 below R 0 and 4.5 above R 100", () => {
  assert.equal(mosOfRating(-1), 1);
  assert.equal(mosOfRating(101), 4.5);
  assert.equal(mosOfRating(0), 1);
  assert.equal(mosOfRating(3), 1, "never below the scale");
  assert.ok(Math.abs(mosOfRating(70) - 3.597) < 1e-3);
  assert.equal(listeningMos({ packetsExpected: 1, packetsMissing: 1, lossRuns: 1 }).mos, 1);
});
