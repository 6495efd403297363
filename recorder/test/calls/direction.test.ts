// devlink3.md §9.2: where a call came from and went to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { directionOf } from "../../src/calls/direction.ts";
import type { DetailRecord } from "../../src/devlink3/delta3-record.ts";
import { records } from "./story.ts";

const [, inbound] = records("Q1");
const outbound = records("Q2").at(-1);
assert.ok(inbound?.kind === "Detail" && outbound?.kind === "Detail");
const call = (detail: DetailRecord): { readonly detail: DetailRecord } => ({ detail });

test("a public line that came in is inbound, one that was dialled outbound", () => {
  assert.equal(directionOf([call(inbound)]), "inbound");
  assert.equal(directionOf([call(outbound)]), "outbound");
});

test("public lines on both sides are tandem, on one call or on two of a conversation", () => {
  const both = { ...inbound, partyB: outbound.partyB };
  assert.equal(directionOf([call(both)]), "tandem");
  assert.equal(directionOf([call(inbound), call(outbound)]), "tandem");
});

test("without a public line a call is internal, whatever way its parties are", () => {
  assert.equal(directionOf([call({ ...inbound, partyA: null })]), "internal");
  assert.equal(directionOf([call({ ...outbound, partyB: null })]), "internal");
  assert.equal(directionOf([]), "internal");
});

test("a public line of unknown direction says nothing", () => {
  assert.ok(inbound.partyA !== null);
  const unknown = { ...inbound, partyA: { ...inbound.partyA, direction: null } };
  assert.equal(directionOf([call(unknown)]), "internal");
});
