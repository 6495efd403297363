// The pause gate by samples (design.md §5, "Pause"): P, R, guard, fill, what a journal restores.
import assert from "node:assert/strict";
import test from "node:test";
import type { JournalLine } from "../../src/audio/journal-lines.ts";
import { makeFill } from "../../src/audio/tone.ts";
import { PauseGate } from "../../src/media/pause-gate.ts";

const STAMPS = { at: "2026-01-05T08:00:00.000Z", elapsedMs: 0, sample: 0 };
const BY = { ...STAMPS, by: "anna", via: "api" } as const;

function bytes(count: number, value: number): Uint8Array {
  return new Uint8Array(count).fill(value);
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

test("a gate without a pause is clear, and says so", () => {
  const gate = new PauseGate({ fill: "silence", guardMs: 200 });
  assert.deepEqual([gate.isPaused, gate.fillKind, gate.isClear(0, 1e9)], [false, "silence", true]);
  assert.deepEqual(gate.outside(5, 10), [{ from: 5, samples: 10 }]);
  assert.equal(gate.resume({ nextSample: 9, predictedSample: 9 }), null);
});

test("R is the latest of P, the next and the predicted sample, and the guard behind it", () => {
  const resumed = (nextSample: number, predictedSample: number, guardMs = 200): number => {
    const gate = new PauseGate({ fill: "tone", guardMs });
    assert.equal(gate.pause(1000), 1000);
    assert.equal(gate.isPaused, true);
    const span = gate.resume({ nextSample, predictedSample });
    assert.equal(gate.isPaused, false);
    assert.equal(span?.fromSample, 1000);
    return span?.toSample ?? 0;
  };
  assert.equal(resumed(5000, 4000), 5000 + 1600);
  assert.equal(resumed(4000, 5000), 5000 + 1600);
  assert.equal(resumed(500, 400), 1000 + 1600, "an edge before P keeps the guard after P");
  assert.equal(resumed(5000, 0, 0.1), 5001, "part of a sample is a whole one");
});

test("an open pause masks all that follows; of a closed one exactly [P, R)", () => {
  const gate = new PauseGate({ fill: "silence", guardMs: 0 });
  gate.pause(100);
  assert.deepEqual(gate.mask(90, bytes(20, 7)), joined(bytes(10, 7), bytes(10, 0xff)));
  assert.deepEqual(gate.outside(90, 1_000_000), [{ from: 90, samples: 10 }]);
  assert.deepEqual([gate.isClear(0, 100), gate.isClear(1e9, 1e9 + 1)], [true, false]);
  gate.resume({ nextSample: 110, predictedSample: 0 });
  assert.deepEqual(gate.mask(105, bytes(10, 7)), joined(bytes(5, 0xff), bytes(5, 7)));
  assert.deepEqual([gate.isClear(109, 110), gate.isClear(110, 111)], [false, true]);
});

test("what is masked is a copy; the packet stays as it came", () => {
  const gate = new PauseGate({ fill: "tone", guardMs: 0 });
  gate.pause(0);
  const packet = bytes(5, 7);
  assert.notDeepEqual(gate.mask(0, packet), packet);
  assert.deepEqual(packet, bytes(5, 7));
});

test("samples without audio are silence, and where paused the fill of the pause", () => {
  const gate = new PauseGate({ fill: "tone", guardMs: 0 });
  gate.pause(204);
  gate.resume({ nextSample: 208, predictedSample: 0 });
  const target = bytes(12, 1);
  gate.writeFill(target, 200);
  assert.deepEqual(target, joined(bytes(4, 0xff), makeFill(204, 4, "tone"), bytes(4, 0xff)));
});

test("several pauses split a stretch; one that lies within a pause has nothing outside", () => {
  const gate = new PauseGate({ fill: "tone", guardMs: 0 });
  for (const [from, to] of [
    [10, 20],
    [30, 40],
    [40, 50],
  ] as const) {
    gate.pause(from);
    gate.resume({ nextSample: to, predictedSample: 0 });
  }
  assert.deepEqual(gate.outside(0, 60), [
    { from: 0, samples: 10 },
    { from: 20, samples: 10 },
    { from: 50, samples: 10 },
  ]);
  assert.deepEqual(gate.outside(32, 16), []);
  assert.deepEqual(
    [gate.isClear(20, 30), gate.isClear(12, 13), gate.isClear(49, 60)],
    [...[true, false, false]],
  );
});

test("R21: a journal's pauses are in force again, an open one too, each with its own fill", () => {
  const lines: JournalLine[] = [
    { ...STAMPS, type: "gap", fromSample: 0, samples: 8, cause: "loss" },
    { ...BY, type: "resume", fromSample: 0, toSample: 5, fill: "tone" },
    { ...BY, type: "pause", fromSample: 10, fill: "silence" },
    { ...BY, type: "resume", fromSample: 10, toSample: 20, fill: "silence" },
    { ...BY, type: "pause", fromSample: 30, fill: "tone" },
    { ...BY, type: "resume", fromSample: 30, toSample: 25, fill: "tone" },
    { ...BY, type: "pause", fromSample: 40, fill: "tone" },
    { ...STAMPS, type: "gap", fromSample: 45, samples: 8, cause: "loss" },
  ];
  const gate = new PauseGate({ fill: "tone", guardMs: 0 });
  gate.restore(lines);
  assert.equal(gate.isPaused, true);
  assert.deepEqual(gate.outside(0, 30), [
    { from: 0, samples: 10 },
    { from: 20, samples: 10 },
  ]);
  assert.deepEqual(gate.mask(20, bytes(20, 7)), bytes(20, 7), "a resume before its pause");
  assert.deepEqual(gate.outside(35, 60), [{ from: 35, samples: 5 }]);
  assert.deepEqual(gate.mask(10, bytes(10, 7)), bytes(10, 0xff));
  assert.deepEqual(gate.mask(40, bytes(10, 7)), makeFill(40, 10, "tone"));
});
