// The 20 ms heartbeat on a clock that the test moves: exactness, spreading, catching up.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock, Timer } from "@tapeline/recorder/ports";
import { RtpPacer } from "../../src/pbx/rtp-pacer.ts";

interface Waiting {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that moves only by `advance`, or jumps to show lateness. */
class HandClock implements Clock {
  #nowMs = 1000.25;
  #waiting: Waiting[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wallTimeMs(): number {
    return this.#nowMs;
  }

  setTimer(_name: string, delayMs: number, callback: () => void): Timer {
    const waiting = { atMs: this.#nowMs + delayMs, callback };
    this.#waiting.push(waiting);
    return { cancel: () => (this.#waiting = this.#waiting.filter((one) => one !== waiting)) };
  }

  count(): number {
    return this.#waiting.length;
  }

  /** Time passes, and no timer fires. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** `lateMs`: every timer fires that much after its time. */
  advance(ms: number, lateMs = 0): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#waiting.toSorted((left, right) => left.atMs - right.atMs)[0];
      if (next === undefined || next.atMs + lateMs > endMs) break;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs + lateMs);
      next.callback();
    }
    this.#nowMs = endMs;
  }
}

test("200 legs tick every 20 ms exactly, for ten minutes, without drift or lateness", () => {
  const clock = new HandClock();
  const pacer = new RtpPacer(clock);
  const ticks = Array.from({ length: 200 }, () => ({ count: 0, firstMs: 0, worstMs: 0 }));
  for (const leg of ticks) {
    pacer.add({
      onTick: (deadlineMs) => {
        if (leg.count === 0) leg.firstMs = deadlineMs;
        const expectedMs = leg.firstMs + leg.count * 20;
        leg.worstMs = Math.max(leg.worstMs, Math.abs(clock.nowMs() - expectedMs));
        leg.count += 1;
      },
    });
    clock.advance(0.37);
  }
  clock.advance(20_000);
  const before = ticks.map(({ count }) => count);
  clock.advance(60_000);
  for (const [index, leg] of ticks.entries()) {
    assert.equal(leg.count - before[index]!, 3000);
    assert.ok(leg.worstMs < 1e-6, `off by ${leg.worstMs} ms`);
  }
  assert.ok(pacer.lateness().max < 1e-6);
  assert.ok(pacer.lateness().p99 < 1e-6);
});

test("legs are spread evenly over the sub-slots", () => {
  const clock = new HandClock();
  const pacer = new RtpPacer(clock);
  const slots = new Map<number, number>();
  for (let leg = 0; leg < 80; leg += 1) {
    const state = { isFirst: true };
    pacer.add({
      onTick: (deadlineMs) => {
        const slot = Math.round(((deadlineMs - 1000.25) % 20) / 2.5) % 8;
        if (state.isFirst) slots.set(slot, (slots.get(slot) ?? 0) + 1);
        state.isFirst = false;
      },
    });
  }
  clock.advance(21);
  assert.deepEqual(
    [...slots.values()],
    Array.from({ length: 8 }, () => 10),
  );
});

test("late timers are caught up: no tick is missing, and lateness is told", () => {
  const clock = new HandClock();
  const pacer = new RtpPacer(clock);
  let count = 0;
  pacer.add({ onTick: () => (count += 1) });
  clock.advance(1000, 3);
  assert.equal(count, 50);
  assert.ok(Math.abs(pacer.lateness().max - 3) < 1e-6);
  assert.ok(Math.abs(pacer.lateness().p99 - 3) < 0.06);
  clock.advance(500, 400);
  clock.advance(0);
  assert.ok(pacer.lateness().max >= 380);
  clock.advance(520);
  assert.ok(count >= 99 && count <= 101, `${count} ticks in 2 s`);
});

test("what a stall held up leaves in turns of 5 ms of speech, and others get their turn between", () => {
  const clock = new HandClock();
  const pacer = new RtpPacer(clock);
  let burst = 0;
  let longest = 0;
  for (let leg = 0; leg < 8; leg += 1) {
    pacer.add({ onTick: () => (longest = Math.max(longest, (burst += 1))) });
  }
  clock.advance(100);
  burst = 0;
  longest = 0;
  clock.jump(600);
  let turns = 0;
  const takeTurn = (): void => {
    turns += 1;
    burst = 0;
    if (turns < 1000) clock.setTimer("other", 0, takeTurn);
  };
  clock.setTimer("other", 0, takeTurn);
  clock.advance(0);
  assert.ok(turns >= 600 / 5, `${turns} turns of others`);
  assert.equal(longest, 2, "ticks without a turn between, one leg a slot");
});

test("a removed leg ticks no more, and without legs there is no timer", () => {
  const clock = new HandClock();
  const pacer = new RtpPacer(clock);
  let count = 0;
  const first = pacer.add({ onTick: () => (count += 1) });
  const second = pacer.add({ onTick: () => first.remove() });
  clock.advance(200);
  assert.ok(count <= 1);
  assert.equal(pacer.legCount(), 1);
  second.remove();
  second.remove();
  assert.equal(clock.count(), 0);
  clock.advance(90_000);
  pacer.add({ onTick: () => (count += 1) });
  const before = count;
  clock.advance(40);
  assert.equal(count - before, 2, "an idle time is not caught up");
  pacer.close();
  assert.equal(clock.count(), 0);
});

test("a leg added within a tick begins with a tick of its own time", () => {
  const clock = new HandClock();
  const pacer = new RtpPacer(clock);
  const seen: number[] = [];
  let hasAdded = false;
  pacer.add({
    onTick: () => {
      if (hasAdded) return;
      hasAdded = true;
      pacer.add({ onTick: (deadlineMs) => seen.push(deadlineMs) });
    },
  });
  clock.advance(100);
  assert.ok(seen.length >= 4);
  assert.ok(seen.every((deadlineMs, index) => Math.abs(deadlineMs - seen[0]! - index * 20) < 1e-6));
});
