// The heap of events: order, ties, cancelling.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { EventQueue } from "../../src/world/event-queue.ts";

function drain(queue: EventQueue): void {
  for (let action = queue.pop(); action !== null; action = queue.pop()) action();
}

describe("event queue", () => {
  test("events come by time, and those of one tick in the order of scheduling", () => {
    const times = fc.array(fc.tuple(fc.nat(20), fc.boolean()), { maxLength: 900 });
    fc.assert(
      fc.property(times, (plan) => {
        const queue = new EventQueue();
        const happened: number[] = [];
        const events = plan.map(([ticks], index) => queue.push(ticks, () => happened.push(index)));
        plan.forEach(([, isCancelled], index) => {
          const event = events[index];
          if (isCancelled && event !== undefined) queue.cancel(event);
        });
        const expected = plan
          .map(([ticks, isCancelled], index) => ({ ticks, isCancelled, index }))
          .filter(({ isCancelled }) => !isCancelled)
          .sort((a, b) => a.ticks - b.ticks || a.index - b.index)
          .map(({ index }) => index);
        assert.equal(queue.size, expected.length);
        drain(queue);
        assert.deepEqual(happened, expected);
        assert.equal(queue.size, 0);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test("cancelled events are swept out, and do not pile up", () => {
    const queue = new EventQueue();
    let happened = 0;
    for (let round = 0; round < 20_000; round += 1) {
      queue.cancel(queue.push(1_000_000 + round, () => assert.fail("was cancelled")));
      if (round % 1000 === 0) queue.push(round, () => (happened += 1));
    }
    assert.equal(queue.size, 20);
    drain(queue);
    assert.equal(happened, 20);
  });

  test("cancelling twice, or after the event, changes nothing", () => {
    const queue = new EventQueue();
    const first = queue.push(1, () => undefined);
    const second = queue.push(2, () => undefined);
    queue.cancel(second);
    queue.cancel(second);
    assert.equal(queue.size, 1);
    drain(queue);
    queue.cancel(first);
    assert.equal(queue.size, 0);
    assert.equal(queue.pop(), null);
  });
});
