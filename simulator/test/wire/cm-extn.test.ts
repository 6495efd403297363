// CMExtn in its extended form (devlink3.md §6.4).
import assert from "node:assert/strict";
import { test } from "node:test";
import { CM_EXTN_STATE, parseCmExtn, serializeCmExtn } from "../../src/wire/cm-extn.ts";

const DIALS = { newState: CM_EXTN_STATE.dialling, oldState: CM_EXTN_STATE.idle, name: "Bob" };

test("v, new state, old state and the name as UTF-16BE", () => {
  const hex = Buffer.from(serializeCmExtn(DIALS)).toString("hex");
  assert.equal(hex, "000000010000000200000000" + "0042006f0062" + "0000");
});

test("what is written is read; cut short or of another version it is a value, never thrown", () => {
  const bytes = serializeCmExtn(DIALS);
  assert.deepEqual(parseCmExtn(bytes), { ok: true, value: DIALS });
  for (let length = 0; length < 12; length += 1) {
    assert.equal(parseCmExtn(bytes.subarray(0, length)).ok, false);
  }
  assert.equal(parseCmExtn(Uint8Array.from(bytes, (byte, at) => (at === 3 ? 2 : byte))).ok, false);
});
