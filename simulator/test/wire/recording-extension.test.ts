// The recording extension dl3rec/1: its vectors both ways, damaged tuples, truncation, fuzz.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { FrameReader } from "../../src/wire/devlink3-frame.ts";
import { parsePacket } from "../../src/wire/devlink3-packet.ts";
import { decodeText } from "../../src/wire/devlink3-tuple.ts";
import {
  parseRecordingRequest,
  parseRecordingResponse,
  parseRecordingStatus,
  RECORDING_ANNOUNCEMENT,
  RECORDING_RESULT,
  RECORDING_VERSION,
  serializeRecordingRequest,
  serializeRecordingResponse,
  serializeRecordingStatus,
} from "../../src/wire/recording-extension.ts";
import { vector, type VectorName } from "./devlink3-vectors.ts";

function payloadOf(name: VectorName): Uint8Array {
  const [payload] = new FrameReader().push(vector(name));
  assert.ok(payload);
  return payload;
}

test("vector X1: the login's success announces dl3rec/1", () => {
  const packet = parsePacket(payloadOf("X1"));
  assert.ok(packet.ok && packet.value.type === "authResult");
  const tuple = packet.value.tuples.find(({ code }) => code === RECORDING_ANNOUNCEMENT.code);
  assert.equal(decodeText(tuple?.data ?? new Uint8Array()), RECORDING_ANNOUNCEMENT.text);
});

test("vectors X2 and X10: START and STOP", () => {
  const start = {
    requestId: 0x51,
    operation: 1,
    fields: {
      version: RECORDING_VERSION,
      node: "c0a80a01",
      callId: 23,
      endId: "c0a80a01000003f4",
      recorderUri: "sip:r7Qk2@10.0.0.5:5070",
      streamId: "r7Qk2",
      mediaMode: 1,
    },
  };
  assert.deepEqual(parseRecordingRequest(payloadOf("X2")), {
    ok: true,
    value: { ...start, damagedTuple: null },
  });
  assert.deepEqual(serializeRecordingRequest(start), payloadOf("X2"));
  const fields = { version: RECORDING_VERSION, streamId: "r7Qk2" };
  const stop = { requestId: 0x52, operation: 2, fields };
  assert.deepEqual(serializeRecordingRequest(stop), payloadOf("X10"));
});

test("vectors X3 and X4: accepted, and VCM exhausted with the time to wait", () => {
  const accepted = { requestId: 0x51, result: 0, fields: { streamId: "r7Qk2", state: 1 } };
  assert.deepEqual(parseRecordingResponse(payloadOf("X3")), { ok: true, value: accepted });
  assert.deepEqual(serializeRecordingResponse(accepted), payloadOf("X3"));
  const refused = {
    requestId: 0x51,
    result: RECORDING_RESULT.vcmExhausted,
    fields: { streamId: "r7Qk2", retryAfterMs: 5000 },
  };
  assert.deepEqual(parseRecordingResponse(payloadOf("X4")), { ok: true, value: refused });
  assert.deepEqual(serializeRecordingResponse(refused), payloadOf("X4"));
});

test("vector X9: the status RECORDING", () => {
  const parsed = parseRecordingStatus(payloadOf("X9"));
  assert.ok(parsed.ok);
  const { address, counter, fields } = parsed.value;
  assert.equal(address, 0xc0a80a01);
  assert.equal(counter, 1);
  assert.equal(fields.streamId, "r7Qk2");
  assert.equal(fields.state, 2);
  assert.equal(fields.legEndId, "c0a80a010000232b");
  assert.deepEqual(serializeRecordingStatus(parsed.value), payloadOf("X9"));
});

test("lists of versions go there and back", () => {
  const fields = { versions: [0x10000, 0x20001] };
  const response = { requestId: 1, result: RECORDING_RESULT.unsupportedVersion, fields };
  const parsed = parseRecordingResponse(serializeRecordingResponse(response));
  assert.deepEqual(parsed, { ok: true, value: response });
});

test("a tuple that is there twice or has another size is named", () => {
  const once = payloadOf("X10");
  const tuple = once.slice(12, 22);
  const twice = new Uint8Array([...once, ...tuple]);
  const parsed = parseRecordingRequest(twice);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.damagedTuple, 0x7fe00010);
  const odd = new Uint8Array([...once.slice(0, 12), 0x7f, 0xe0, 0, 0x12, 0, 1, 9]);
  const second = parseRecordingRequest(odd);
  assert.ok(second.ok);
  assert.equal(second.value.damagedTuple, 0x7fe00012);
});

test("unknown tuples are ignored", () => {
  const extra = new Uint8Array([...payloadOf("X10"), 0x7f, 0xe0, 0x7f, 0xff, 0, 1, 9]);
  const parsed = parseRecordingRequest(extra);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.damagedTuple, null);
});

test("packets cut at any byte, of another type, and any bytes, are values", () => {
  const payload = payloadOf("X2");
  for (let end = 0; end < payload.length; end += 1) {
    assert.equal(typeof parseRecordingRequest(payload.slice(0, end)).ok, "boolean");
  }
  assert.equal(parseRecordingRequest(payload.slice(0, 11)).ok, false);
  assert.equal(parseRecordingResponse(payload).ok, false);
  assert.equal(parseRecordingStatus(payload).ok, false);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
      const bytes = new Uint8Array([...payload.slice(0, 12), ...rest]);
      assert.equal(typeof parseRecordingRequest(bytes).ok, "boolean");
    }),
  );
});
