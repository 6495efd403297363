// SIPTrack records: vector S1, and what is not one.
import assert from "node:assert/strict";
import test from "node:test";
import { FrameReader } from "../../src/wire/devlink3-frame.ts";
import { parsePacket } from "../../src/wire/devlink3-packet.ts";
import { encodeWideText } from "../../src/wire/devlink3-tuple.ts";
import {
  delta2End,
  parseSipTrack,
  serializeSipTrack,
  type SipTrack,
} from "../../src/wire/sip-track.ts";
import { vector } from "./devlink3-vectors.ts";

const S1: SipTrack = {
  event: "START",
  endId: "c0a80a010000232a",
  delta2End: "17.9002.1",
  sipType: "TRUNK",
  direction: "IN",
  sipCallId: "a1b2c3@10.0.0.9",
};

test("vector S1 reads and writes", () => {
  const [payload] = new FrameReader().push(vector("S1"));
  const packet = parsePacket(payload ?? new Uint8Array());
  assert.ok(packet.ok && packet.value.type === "event");
  const data = packet.value.tuples[0]?.data ?? new Uint8Array();
  assert.deepEqual(parseSipTrack(data), { ok: true, value: S1 });
  assert.deepEqual(serializeSipTrack(S1), data);
});

test("the Delta2 name is line, low eight digits in decimal, and whether the end came in", () => {
  assert.equal(delta2End("c0a80a010000232a", 17, true), S1.delta2End);
  assert.equal(delta2End("c0a80a01000003eb", 0, false), "0.1003.0");
});

test("a SIP Call-ID may hold commas", () => {
  const track = { ...S1, event: "END", sipType: "PHONE", direction: "OUT", sipCallId: "a,b" };
  const parsed = parseSipTrack(serializeSipTrack(track as SipTrack));
  assert.deepEqual(parsed, { ok: true, value: track });
});

test("anything else is refused as a value", () => {
  for (const text of ["", "START", "STOP,a,b,TRUNK,IN,c", "START,a,b,LINE,IN,c"]) {
    assert.equal(parseSipTrack(encodeWideText(text)).ok, false);
  }
});
