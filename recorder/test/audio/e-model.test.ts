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
  assert.match(MOS_METHOD, /^G\.107 reduced, listening/);
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

test("no loss, or less than none by rounding, impairs nothing; all that was lost is all", () => {
  assert.equal(listeningRating(-1, 1), 93.2);
  const of = (packetsExpected: number, packetsMissing: number, lossRuns: number): number | null =>
    listeningMos({ packetsExpected, packetsMissing, lossRuns }).mos;
  assert.equal(of(100, -5, 0), 4.41);
  assert.equal(of(100, 150, 1), of(100, 100, 1));
  assert.equal(of(-1, 0, 0), null);
});

test("G.107 §7: bursts are measured against random loss; never as better than it", () => {
  // 5 % in runs of five: 5 × 0.95.
  const bursty = mosOfRating(listeningRating(5, 4.75));
  const measured = { packetsExpected: 1000, packetsMissing: 50, lossRuns: 10 };
  assert.equal(listeningMos(measured).mos, Math.round(bursty * 100) / 100);
  // Single packets at 50 %: the ratio would be 0.5.
  const even = { packetsExpected: 20, packetsMissing: 10, lossRuns: 10 };
  assert.equal(listeningMos(even).mos, Math.round(mosOfRating(listeningRating(50, 1)) * 100) / 100);
  const unknown = { packetsExpected: 1000, packetsMissing: 50, lossRuns: 0 };
  assert.equal(
    listeningMos(unknown).mos,
    Math.round(mosOfRating(listeningRating(5, 1)) * 100) / 100,
  );
});
