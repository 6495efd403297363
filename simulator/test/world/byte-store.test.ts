// The bytes of a virtual file against a plain array, over pages and with shared ones.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ByteStore } from "../../src/world/byte-store.ts";

const LONGEST = 60_000;
const step = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    position: fc.nat(LONGEST),
    length: fc.nat(40_000),
    value: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({ kind: fc.constant("resize" as const), length: fc.nat(LONGEST) }),
);

type Change = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply(store: ByteStore, model: Uint8Array, change: Change): Uint8Array {
  if (change.kind === "resize") {
    store.resize(change.length);
    const resized = new Uint8Array(change.length);
    resized.set(model.subarray(0, change.length));
    return resized;
  }
  const data = new Uint8Array(change.length).fill(change.value);
  store.write(data, change.position);
  const written = new Uint8Array(Math.max(model.length, change.position + change.length));
  written.set(model);
  written.set(data, change.position);
  return written;
}

const whole = (store: ByteStore): Buffer => Buffer.from(store.read(0, store.length));

describe("byte store", () => {
  test("reads what was written, and zeros in holes, after cuts and beyond pages", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.nat(LONGEST), (steps, from) => {
        const store = new ByteStore();
        let model: Uint8Array = new Uint8Array(0);
        for (const change of steps) model = apply(store, model, change);
        assert.equal(store.length, model.length);
        assert.ok(whole(store).equals(model));
        const part = store.read(from, 20_000);
        assert.ok(Buffer.from(part).equals(model.subarray(from, from + 20_000)));
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("a store and its copy share nothing that either can change", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), step), { maxLength: 10 }), (steps) => {
        const stores = [new ByteStore(), new ByteStore()] as const;
        const models: Uint8Array[] = [new Uint8Array(0), new Uint8Array(0)];
        for (const [what, change] of steps) {
          if (what === 2) {
            stores[1].copyFrom(stores[0]);
            models[1] = models[0] ?? new Uint8Array(0);
          } else {
            models[what] = apply(stores[what as 0 | 1], models[what]!, change);
          }
        }
        stores.forEach((store, index) => assert.ok(whole(store).equals(models[index]!)));
      }),
      { numRuns: 200, seed: 2 },
    );
  });
});
