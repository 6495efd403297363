// The first packets of a recording, in order before sample 0 is fixed (design.md §5).
import assert from "node:assert/strict";
import test from "node:test";
import type { HeldPacket } from "../../src/media/packet-router.ts";
import { START_HOLD_MS, StartHold } from "../../src/media/start-hold.ts";

function packet(sequence: number, of: Partial<HeldPacket> = {}): HeldPacket {
  const source = { host: "192.0.2.1", port: 4000 };
  return { data: new Uint8Array(12), source, arrivalMs: 0, ssrc: 7, sequence, ...of };
}

test("it is due 100 ms after the first packet, not before, and never while it is empty", () => {
  const hold = new StartHold();
  assert.deepEqual([hold.isEmpty, hold.isDue(1e9), hold.ssrc], [true, false, undefined]);
  hold.push(packet(1, { arrivalMs: 1000 }));
  hold.push(packet(2, { arrivalMs: 1090 }));
  assert.deepEqual([hold.isEmpty, hold.ssrc], [false, 7]);
  assert.equal(hold.isDue(1000 + START_HOLD_MS - 1), false);
  assert.equal(hold.isDue(1000 + START_HOLD_MS), true);
});

test("64 packets make it due at once", () => {
  const hold = new StartHold();
  for (let sequence = 0; sequence < 63; sequence += 1) hold.push(packet(sequence));
  assert.equal(hold.isDue(0), false);
  hold.push(packet(63));
  assert.equal(hold.isDue(0), true);
});

test("the first SSRC leaves by sequence number, also over the wrap; others after it as they came", () => {
  const hold = new StartHold();
  for (const [sequence, ssrc] of [
    [1, 7],
    [9, 8],
    [65_535, 7],
    [0, 7],
    [3, 8],
    [65_534, 7],
  ] as const) {
    assert.equal(hold.push(packet(sequence, { ssrc })), 0);
  }
  assert.deepEqual(
    hold.take().map(({ sequence, ssrc }) => [sequence, ssrc]),
    [
      [65_534, 7],
      [65_535, 7],
      [0, 7],
      [1, 7],
      [9, 8],
      [3, 8],
    ],
  );
  assert.equal(hold.isEmpty, true);
  assert.deepEqual(hold.take(), []);
});

test("a packet of another host or port replaces what is held, and says how much that was", () => {
  for (const source of [
    { host: "192.0.2.2", port: 4000 },
    { host: "192.0.2.1", port: 4002 },
  ]) {
    const hold = new StartHold();
    hold.push(packet(1));
    hold.push(packet(2));
    assert.equal(hold.push(packet(50, { source, ssrc: 9 })), 2);
    assert.equal(hold.ssrc, 9);
    assert.equal(hold.push(packet(51, { source: { ...source }, ssrc: 9 })), 0);
    assert.deepEqual(
      hold.take().map(({ sequence }) => sequence),
      [50, 51],
    );
  }
});
