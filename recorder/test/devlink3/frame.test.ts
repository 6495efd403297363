// DevLink3 framing: vectors, lengths at the edge of both forms, receiving rules, any chunking.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  Deframer,
  MAXIMUM_FRAME_BYTES,
  serializeFrame,
  type FrameOutput,
} from "../../src/devlink3/frame.ts";
import { frameOf, hexOf, payloadOf, VECTORS, type VectorName } from "./vectors.ts";

const LIMITS = { maximumFrameBytes: MAXIMUM_FRAME_BYTES };

function deframe(...chunks: Uint8Array[]): FrameOutput[] {
  const deframer = new Deframer(LIMITS);
  return chunks.flatMap((chunk) => deframer.push(chunk));
}

function codeOf(outputs: readonly FrameOutput[]): string | undefined {
  const last = outputs.at(-1);
  return last?.type === "damaged" ? last.problem.code : undefined;
}

describe("DevLink3 frames, devlink3.md §2", () => {
  test("every vector is deframed and framed again to the same bytes", () => {
    for (const name of Object.keys(VECTORS) as VectorName[]) {
      const outputs = deframe(frameOf(name));
      assert.deepEqual(outputs, [{ type: "frame", payload: payloadOf(name) }], name);
      assert.equal(hexOf(serializeFrame(payloadOf(name))), VECTORS[name]);
    }
  });

  test("a vector cut off at any byte gives nothing, and its rest then completes it", () => {
    for (const name of Object.keys(VECTORS) as VectorName[]) {
      const frame = frameOf(name);
      for (let cut = 0; cut < frame.length; cut += 1) {
        const deframer = new Deframer(LIMITS);
        assert.deepEqual(deframer.push(frame.slice(0, cut)), []);
        assert.equal(deframer.pendingBytes(), cut);
        assert.equal(deframer.push(frame.slice(cut)).length, 1);
      }
    }
  });

  const edges: [number, string][] = [
    [4, "490007"],
    [32_764, "497fff"],
    [32_765, "49810001"],
    [32_766, "49810002"],
    [65_532, "49820000"],
    [4_194_299, "49ff7fff"],
  ];
  for (const [payloadBytes, header] of edges) {
    test(`a payload of ${payloadBytes} bytes has the header ${header}`, () => {
      const payload = new Uint8Array(payloadBytes).fill(7);
      const frame = serializeFrame(payload);
      assert.equal(hexOf(frame.subarray(0, header.length / 2)), header);
      const [output] = deframe(frame);
      assert.ok(output?.type === "frame" && Buffer.compare(output.payload, payload) === 0);
    });
  }

  test("a payload that would set bit 22 of the length is refused by assertion", () => {
    assert.throws(() => serializeFrame(new Uint8Array(4_194_300)), /4,194,303/);
  });

  test("a long form that is longer than needed is accepted", () => {
    const outputs = deframe(Uint8Array.of(0x49, 0x80, 0x00, 0x08, 1, 2, 3, 4));
    assert.deepEqual(outputs, [{ type: "frame", payload: Uint8Array.of(1, 2, 3, 4) }]);
  });

  test("bit 7 of the second length byte is accepted if the first one has bit 0 (rule 4)", () => {
    const payload = new Uint8Array(0x8008 - 4);
    const outputs = deframe(Uint8Array.of(0x49, 0x81, 0x80, 0x08), payload);
    assert.deepEqual(outputs, [{ type: "frame", payload }]);
  });

  const damages: [string, Uint8Array, string][] = [
    ["a first byte other than 0x49", Uint8Array.of(0x48), "bad-mark"],
    ["bit 7 of the second length byte alone", Uint8Array.of(0x49, 0x80, 0x80, 8), "bad-length"],
    ["a short frame without room for a type", Uint8Array.of(0x49, 0, 6), "too-short"],
    ["a long frame without room for a type", Uint8Array.of(0x49, 0x80, 0, 7), "too-short"],
  ];
  for (const [title, bytes, code] of damages) {
    test(`${title} loses the integrity, for good`, () => {
      const deframer = new Deframer(LIMITS);
      assert.equal(codeOf(deframer.push(bytes)), code);
      assert.deepEqual(deframer.push(frameOf("T1")), []);
      assert.equal(deframer.pendingBytes(), 0);
    });
  }

  test("a frame beyond the configured limit loses the integrity at its header", () => {
    const deframer = new Deframer({ maximumFrameBytes: 20 });
    assert.equal(deframer.push(frameOf("T2")).length, 1);
    assert.equal(codeOf(deframer.push(frameOf("T3").slice(0, 3))), "too-long");
  });

  test("frames before the damage are delivered, and the damage tells its byte", () => {
    const outputs = deframe(Buffer.concat([frameOf("T1"), frameOf("T2"), Uint8Array.of(0)]));
    assert.equal(outputs.length, 3);
    assert.ok(outputs[2]?.type === "damaged" && outputs[2].problem.at === 15 + 19);
  });

  test("any chunking gives the same frames", () => {
    const payloads = fc.array(fc.uint8Array({ minLength: 4, maxLength: 200 }), { maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(payloads, cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.map(serializeFrame));
        const deframer = new Deframer(LIMITS);
        const outputs: FrameOutput[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          outputs.push(...deframer.push(Uint8Array.from(stream.subarray(at, at + size))));
          at += size;
        }
        assert.deepEqual(
          outputs,
          sent.map((payload) => ({ type: "frame", payload: Uint8Array.from(payload) })),
        );
      }),
      { numRuns: 100 },
    );
  });

  test("a long frame in chunks of one byte comes out whole", () => {
    const payload = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    const frame = serializeFrame(payload);
    const deframer = new Deframer(LIMITS);
    const outputs: FrameOutput[] = [];
    for (let at = 0; at < frame.length; at += 1) {
      outputs.push(...deframer.push(frame.subarray(at, at + 1)));
    }
    assert.equal(outputs.length, 1);
    assert.ok(outputs[0]?.type === "frame" && Buffer.compare(outputs[0].payload, payload) === 0);
    // The buffer that it needed is given back, and the stream goes on.
    assert.equal(deframer.push(frameOf("T1")).length, 1);
  });

  test("any bytes give values, never an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const damaged = deframe(Uint8Array.of(0x49), bytes).filter(({ type }) => type !== "frame");
        assert.ok(damaged.length <= 1);
      }),
    );
  });
});
