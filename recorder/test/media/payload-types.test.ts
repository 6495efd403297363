// What a payload type means by a call's negotiation (RFC 3551, 3389, 4733).
import assert from "node:assert/strict";
import test from "node:test";
import {
  PAYLOAD_PCMA,
  PAYLOAD_PCMU,
  PAYLOAD_SILENT,
  PAYLOAD_UNKNOWN,
  PayloadTypes,
} from "../../src/media/payload-types.ts";

const NONE = { pcmu: null, pcma: null, telephoneEvent: null, comfortNoise: null };

test("each negotiated type is audio or silent; all others are unknown", () => {
  const types = new PayloadTypes();
  types.negotiate({ pcmu: 0, pcma: 8, telephoneEvent: 127, comfortNoise: 13 });
  const kinds = [0, 8, 13, 127].map((type) => types.kindOf(type));
  assert.deepEqual(kinds, [PAYLOAD_PCMU, PAYLOAD_PCMA, PAYLOAD_SILENT, PAYLOAD_SILENT]);
  for (const type of [1, 126, 128, 300]) assert.equal(types.kindOf(type), PAYLOAD_UNKNOWN);
});

test("a re-offer adds and redefines; what it leaves out keeps its meaning", () => {
  const types = new PayloadTypes();
  types.negotiate({ ...NONE, pcmu: 0, telephoneEvent: 101 });
  types.negotiate({ ...NONE, pcma: 101 });
  assert.deepEqual([types.kindOf(0), types.kindOf(101)], [PAYLOAD_PCMU, PAYLOAD_PCMA]);
});

test("one type for audio and for something else is audio; a type that RTP has not is ignored", () => {
  const types = new PayloadTypes();
  types.negotiate({ pcmu: 96, pcma: -1, telephoneEvent: 96, comfortNoise: 128 });
  assert.deepEqual([types.kindOf(96), types.kindOf(128), types.kindOf(-1)], [PAYLOAD_PCMU, 0, 0]);
});
