// The reorder window (design.md §5: 200 ms): every sample leaves once, in order, without holes.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { GapCause } from "../../src/audio/journal-lines.ts";
import { REORDER_WINDOW_MS, ReorderWindow, WINDOW_SAMPLES } from "../../src/rtp/reorder.ts";

/** A fill that shows its sample; audio of these tests has values below. */
function fillAt(sample: number): number {
  return 0xe0 | (sample % 31);
}

function repeated(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}

class SinkBench {
  readonly out: number[] = [];
  readonly pieces: Uint8Array[] = [];
  readonly gaps: [from: number, samples: number, cause: string][] = [];
  readonly fills: [from: number, samples: number][] = [];
  readonly window: ReorderWindow;

  constructor(fromSample = 0) {
    this.window = new ReorderWindow(
      {
        onAudio: (from, bytes) => {
          assert.equal(from, fromSample + this.out.length);
          assert.ok(bytes.length > 0, "nothing is no audio");
          this.pieces.push(bytes);
          this.out.push(...bytes);
        },
        onFill: (from, samples) => {
          assert.equal(from, fromSample + this.out.length);
          this.fills.push([from, samples]);
          for (let n = 0; n < samples; n += 1) this.out.push(fillAt(from + n));
        },
        onGap: (from, samples, cause) => this.gaps.push([from, samples, cause]),
        writeFill: (target, from) => {
          target.forEach((_, index) => (target[index] = fillAt(from + index)));
        },
      },
      fromSample,
    );
  }

  put(sample: number, value: number, nowMs = 0, length = 10): string {
    return this.window.put(sample, new Uint8Array(length).fill(value), { cause: "loss", nowMs });
  }
}

test("in order it leaves at the next commit; a young hole keeps back what follows", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  bench.put(20, 3, 100);
  bench.window.commit(100 + REORDER_WINDOW_MS - 1);
  assert.equal(bench.out.length, 10);
  assert.equal(bench.put(10, 2, 150), "landed");
  bench.window.commit(150);
  assert.deepEqual(
    bench.out,
    [1, 2, 3].flatMap((value) => Array.from({ length: 10 }, () => value)),
  );
  assert.deepEqual(bench.gaps, []);
});

test("after 200 ms the hole leaves as fill, and its packet is late", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  bench.put(30, 4, 0);
  bench.window.commit(REORDER_WINDOW_MS);
  assert.deepEqual(bench.gaps, [[10, 20, "loss"]]);
  assert.equal(bench.window.base, 40);
  assert.equal(bench.put(10, 2, 300), "late");
  assert.equal(bench.put(40, 5, 300), "placed");
});

test("an old hole that has not left yet is still filled; what is there is not overwritten", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  bench.put(30, 4, 0);
  assert.equal(bench.put(0, 9, 500), "occupied");
  assert.equal(bench.put(15, 2, 500), "landed");
  bench.window.flush();
  assert.deepEqual(bench.gaps, [
    [10, 5, "loss"],
    [25, 5, "loss"],
  ]);
  assert.deepEqual(
    bench.out.slice(15, 25),
    Array.from({ length: 10 }, () => 2),
  );
});

test("a hole of hold keeps nothing back; one longer than the window leaves as a run", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  bench.window.extend(100, "hold");
  bench.window.extend(50, "hold");
  bench.window.commit(0);
  assert.equal(bench.out.length, 100);
  bench.window.put(1_000_000, Uint8Array.of(7), { cause: "hold", nowMs: 0 });
  assert.equal(bench.fills.length, 1);
  bench.window.flush();
  assert.equal(bench.out.length, 1_000_001);
  assert.equal(bench.out.at(-1), 7);
  const filled = bench.gaps.reduce((sum, gap) => sum + gap[1], 0);
  assert.equal(filled, 90 + 999_900);
});

test("of a hold only the end is kept back for packets that may yet come", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  const back = { cause: "hold", nowMs: 100, missingSamples: 10 } as const;
  bench.window.put(100, new Uint8Array(10).fill(9), back);
  bench.window.commit(100);
  assert.deepEqual([bench.out.length, bench.gaps], [90, [[10, 80, "hold"]]]);
  assert.equal(bench.put(90, 8, 150), "landed");
  bench.window.commit(150);
  assert.deepEqual(bench.out.slice(90), [...repeated(8, 10), ...repeated(9, 10)]);
  bench.window.put(200, Uint8Array.of(7), { ...back, nowMs: 200, missingSamples: 500 });
  bench.window.commit(200 + REORDER_WINDOW_MS);
  assert.deepEqual(bench.gaps.slice(1), [[110, 90, "loss"]]);
});

test("a burst larger than the window pushes the oldest out, nothing is lost", () => {
  const bench = new SinkBench(320);
  const count = Math.ceil((3 * WINDOW_SAMPLES) / 160);
  for (let n = 0; n < count; n += 1) bench.put(320 + n * 160, n % 200, 0, 160);
  bench.window.flush();
  assert.deepEqual(bench.out.length, count * 160);
  assert.ok(bench.out.every((value, index) => value === Math.floor(index / 160) % 200));
  assert.equal(bench.window.end, 320 + count * 160);
});

test("any arrivals: each sample once, in order, audio where it came in time, else fill", () => {
  const step = fc.record({
    position: fc.integer({ min: 0, max: 60 }),
    waitMs: fc.integer({ min: 0, max: 90 }),
    isCommit: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const bench = new SinkBench();
      const expected = new Map<number, number>();
      let nowMs = 0;
      for (const { position, waitMs, isCommit } of steps) {
        nowMs += waitMs;
        const verdict = bench.put(position * 10, 1 + position, nowMs);
        if (verdict === "placed" || verdict === "landed") expected.set(position, 1 + position);
        if (isCommit) bench.window.commit(nowMs);
      }
      bench.window.flush();
      assert.equal(bench.out.length, bench.window.end);
      bench.out.forEach((value, index) => {
        assert.equal(value, expected.get(Math.floor(index / 10)) ?? fillAt(index));
      });
      const filled = bench.gaps.reduce((sum, gap) => sum + gap[1], 0);
      assert.equal(filled + expected.size * 10, bench.out.length);
    }),
  );
});

test("a hole of the clock keeps nothing back, and says why it is there; none is made of nothing", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  bench.window.extend(10, "tail");
  bench.window.extend(100, "loss");
  bench.window.commit(0);
  assert.deepEqual(bench.gaps, [[10, 90, "loss"]]);
  assert.equal(bench.out.length, 100);
});

test("a packet longer than the hole fills it, and leaves what follows as it came first", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  bench.put(20, 3);
  assert.equal(bench.put(15, 9), "landed");
  bench.window.flush();
  assert.deepEqual(bench.out.slice(15), [...repeated(9, 5), ...repeated(3, 10)]);
  assert.deepEqual(bench.gaps, [[10, 5, "loss"]]);
});

test("a packet that lies over two holes, of a hold and of loss, fills its part of both", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  // Behind shorter packets it was taken for a short one: the rest of its place counts as hold.
  const back = { cause: "hold", nowMs: 0, missingSamples: 10 } as const;
  bench.window.put(40, new Uint8Array(10).fill(9), back);
  assert.equal(bench.window.isVacant(20, 20), true);
  assert.equal(bench.window.isVacant(20, 21), false);
  assert.equal(bench.put(20, 5, 0, 20), "landed");
  assert.equal(bench.window.isVacant(20, 20), false);
  bench.window.flush();
  assert.deepEqual(bench.out.slice(20), [...repeated(5, 20), ...repeated(9, 10)]);
  assert.deepEqual(bench.gaps, [[10, 10, "hold"]]);
});

test("holes are filled sample by sample, wherever the window's ring begins anew", () => {
  const bench = new SinkBench();
  for (let n = 0; n < 50; n += 1) bench.put(n * 160, 1, 0, 160);
  bench.window.commit(0);
  bench.put(8000 + 400, 2, 10);
  bench.put(8000 + 600, 3, 10);
  bench.window.flush();
  assert.deepEqual(
    bench.out.slice(8000, 8400),
    Array.from({ length: 400 }, (_, index) => fillAt(8000 + index)),
  );
  assert.deepEqual(bench.out.slice(8400, 8410), repeated(2, 10));
  assert.deepEqual(bench.gaps, [
    [8000, 400, "loss"],
    [8410, 190, "loss"],
  ]);
});

test("what an SSRC left behind is waited for as what was lost; a hold is not", () => {
  const waits = (cause: GapCause): boolean => {
    const bench = new SinkBench();
    bench.put(0, 1);
    bench.window.put(20, new Uint8Array(10), { cause, nowMs: 0 });
    bench.window.commit(REORDER_WINDOW_MS - 1);
    return bench.window.base === 10;
  };
  const causes: GapCause[] = ["loss", "ssrc", "late", "hold", "overflow", "tail", "restart"];
  assert.deepEqual(causes.filter(waits), ["loss", "ssrc"]);
});

test("what has left is the receiver's: no later piece touches it, though small ones share memory", () => {
  const bench = new SinkBench();
  const count = 200;
  for (let n = 0; n < count; n += 1) {
    bench.put(n * 1024, n, 0, 1024);
    bench.window.commit(0);
  }
  assert.equal(bench.pieces.length, count);
  bench.pieces.forEach((piece, n) => {
    assert.equal(piece.length, 1024);
    assert.ok(piece.every((value) => value === n));
  });
  const perBuffer = new Map<ArrayBufferLike, number>();
  for (const { buffer } of bench.pieces) perBuffer.set(buffer, (perBuffer.get(buffer) ?? 0) + 1);
  assert.equal(Math.max(...perBuffer.values()), 64, "pieces of 1 KiB in a slab of 64 KiB");
});

test("room is the next place, or a whole place in a hole that has not left", () => {
  const bench = new SinkBench();
  bench.put(0, 1);
  bench.put(30, 2);
  const hasRoom = (sample: number, samples: number): boolean =>
    bench.window.isVacant(sample, samples);
  assert.equal(hasRoom(40, 10), true, "the next");
  assert.equal(hasRoom(41, 10), false);
  assert.equal(hasRoom(10, 10), true);
  assert.equal(hasRoom(20, 10), true);
  assert.equal(hasRoom(20, 11), false, "it would lie over what is there");
  assert.equal(hasRoom(9, 10), false);
  assert.equal(hasRoom(0, 10), false);
  bench.window.flush();
  assert.equal(hasRoom(10, 10), false, "it has left");
});
