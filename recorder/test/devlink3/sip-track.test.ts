// SIPTrack text: the documented form, commas in the Call-ID, everything else refused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseSipTrack, serializeSipTrack } from "../../src/devlink3/sip-track.ts";
import { TEXTS } from "./vectors.ts";

const TRACK = {
  event: "START",
  endId: "c0a80a010000232a",
  sipType: "TRUNK",
  direction: "IN",
  sipCallId: "a1b2c3@10.0.0.9",
} as const;

describe("SIPTrack, devlink3.md §6.3", () => {
  test("the text of vector S1, both ways", () => {
    assert.deepEqual(parseSipTrack(TEXTS.S1), { ok: true, value: TRACK });
    assert.equal(serializeSipTrack(TRACK, 17), TEXTS.S1);
  });

  test("all after the fifth comma is the SIP Call-ID", () => {
    const track = parseSipTrack("END,e,1.2.0,PHONE,OUT,a,b,,c");
    assert.ok(track.ok);
    assert.equal(track.value.sipCallId, "a,b,,c");
    assert.equal(track.value.event, "END");
  });

  const wrong: [string, string][] = [
    ["START,e,1.2.0,PHONE,OUT", "truncated"],
    ["STOP,e,1.2.0,PHONE,OUT,c", "bad-event"],
    ["START,,1.2.0,PHONE,OUT,c", "no-end"],
    ["START,e,1.2.0,LINE,OUT,c", "bad-type"],
    ["START,e,1.2.0,PHONE,UP,c", "bad-direction"],
    ["START,e,1.2.0,PHONE,OUT, ", "no-call-id"],
  ];
  for (const [text, code] of wrong) {
    test(`"${text}" is refused as ${code}`, () => {
      const track = parseSipTrack(text);
      assert.ok(!track.ok && track.problem.code === code);
    });
  }

  test("any text gives a value", () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseSipTrack(text).ok === "boolean"));
  });
});
