// What the responder says of a stream: lost in bursts, overtaken, doubled, and how long it took.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FarStream } from "../../src/responder/far-stream.ts";
import { serializeRtpPacket } from "../../src/rtp/packet.ts";

const SSRC = 77;
/** The sender's wall clock at RTP timestamp 0, and ours 5 minutes ahead. */
const SENT_AT_ZERO_MS = 1_800_000_000_000;
const AHEAD_MS = 300_000;

function packet(index: number): Uint8Array {
  return serializeRtpPacket({
    ...{ marker: false, payloadType: 0, sequence: index, timestamp: index * 160, ssrc: SSRC },
    ...{ csrcs: [], extension: null, payload: new Uint8Array(160), paddingBytes: 0 },
  });
}

function heard(indices: readonly number[], transitMs = 40) {
  const stream = new FarStream(SSRC, "192.0.2.1:40000");
  stream.onSenderReport(
    {
      ...{ type: "senderReport", ssrc: SSRC, packets: 0, octets: 0, blocks: [] },
      ...{ ntpSeconds: SENT_AT_ZERO_MS / 1000 + 2_208_988_800, ntpFraction: 0, rtpTimestamp: 0 },
    },
    0,
  );
  for (const index of indices) {
    const nowMs = index * 20 + transitMs;
    stream.onPacket(packet(index), { nowMs, wallMs: SENT_AT_ZERO_MS + AHEAD_MS + nowMs });
  }
  return stream.report();
}

test("losses are counted with their runs", () => {
  const report = heard([0, 1, 4, 5, 9, 10]);
  assert.equal(report.received, 6);
  assert.equal(report.expected, 11);
  assert.equal(report.lost, 5);
  assert.equal(report.lossRuns, 2);
  assert.equal(report.longestRun, 3);
});

test("doubled and overtaken packets are counted apart", () => {
  const report = heard([0, 2, 1, 3, 3]);
  assert.deepEqual([report.duplicate, report.outOfOrder, report.lost], [1, 1, 0]);
});

test("transit is told with the offset of the clocks in it, jitter without", () => {
  const { transitMs, jitterMs } = heard([0, 1, 2, 3], 40);
  assert.deepEqual(transitMs, { minimum: 300_040, mean: 300_040, maximum: 300_040 });
  assert.equal(jitterMs, 0);
});

test("without a sender report, and of what is no RTP, nothing is said", () => {
  const stream = new FarStream(SSRC, "192.0.2.1:40000");
  stream.onPacket(packet(0), { nowMs: 0, wallMs: 0 });
  stream.onPacket(new Uint8Array(40), { nowMs: 0, wallMs: 0 });
  const report = stream.report();
  assert.equal(report.transitMs, null);
  assert.equal(report.received, 1);
});
