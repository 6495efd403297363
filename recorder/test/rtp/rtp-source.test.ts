// What a receiver report says of one source.  RFC 3550 §6.4.1
import assert from "node:assert/strict";
import test from "node:test";
import { RtpSource } from "../../src/rtp/rtp-source.ts";

test("a source that sent no sender report yet has no time of one, and no delay since", () => {
  const source = new RtpSource(0xdeadbeef);
  source.sequence.update(65_535);
  source.sequence.update(1); // 0 is missing
  source.jitter.update(0, 0);
  source.jitter.update(160, 40);
  assert.deepEqual(source.takeReportBlock(5000), {
    ssrc: 0xdeadbeef,
    fractionLost: Math.floor(256 / 3),
    packetsLost: 1,
    highestSequence: 65_536 + 1,
    jitter: 10,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  });
  assert.equal(source.takeReportBlock(5000).fractionLost, 0, "taken once");
});

test("the middle of the sender report's time comes back, with the delay in 1/65536 s", () => {
  const source = new RtpSource(1);
  source.sequence.update(7);
  source.onSenderReport({ seconds: 0x1234_5678, fraction: 0x9abc_def0 }, 1000);
  const block = source.takeReportBlock(1500);
  assert.equal(block.lastSenderReport, 0x5678_9abc);
  assert.equal(block.delaySinceLastSenderReport, 32_768);
});

test("a new source has no place in the timeline, and nothing missing", () => {
  const { isPlaced, missingPackets, otherPackets } = new RtpSource(1);
  assert.deepEqual(
    { isPlaced, missingPackets, otherPackets },
    {
      isPlaced: false,
      missingPackets: 0,
      otherPackets: 0,
    },
  );
});
