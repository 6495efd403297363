// SIPp scenarios as text, and the reading of its statistics file.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rtpCapture } from "../../src/sipp/rtp-capture.ts";
import { cancelScenario, pbxCallScenario } from "../../src/sipp/scenarios.ts";
import { parseStatistics } from "../../src/sipp/statistics.ts";

const parties = { callee: "rec", caller: "201", headers: [] };

test("CANCEL and its ACK have the branch and sequence number of their INVITE (RFC 3261 §9.1)", () => {
  const xml = cancelScenario(parties, 100);
  assert.equal(new Set(xml.match(/branch=\S+/g)).size, 1);
  assert.deepEqual(xml.match(/CSeq: .*/g), ["CSeq: 1 INVITE", "CSeq: 1 CANCEL", "CSeq: 1 ACK"]);
});

test("durations become whole milliseconds, never negative", () => {
  const call = { ...parties, media: { kind: "none" } } as const;
  assert.match(pbxCallScenario({ ...call, durationMs: 99.6 }), /<pause milliseconds="100"\/>/);
  assert.match(pbxCallScenario({ ...call, durationMs: -1 }), /<pause milliseconds="0"\/>/);
});

test("what would break out of the XML is refused", () => {
  const media = { kind: "none" } as const;
  const headers = ["X: ]]><exec command='x'/>"];
  assert.throws(() => pbxCallScenario({ ...parties, headers, media, durationMs: 1 }), RangeError);
  const file = { kind: "rtp-stream", file: 'a" x="' } as const;
  assert.throws(() => pbxCallScenario({ ...parties, media: file, durationMs: 1 }), RangeError);
});

const HEADS =
  "TotalCallCreated;CurrentCall;SuccessfulCall(C);FailedCall(C);Retransmissions(C);FailedUnexpectedMessage(C);FailedMaxUDPRetrans(C);FailedTimeoutOnRecv(C);OutOfCallMsgs(C);";

test("the newest line of the statistics counts", () => {
  const text = `${HEADS}\n1;1;0;0;0;0;0;0;0;\n9;8;7;6;5;4;3;2;1;\n`;
  const result = parseStatistics(text);
  assert.deepEqual(result.ok && result.value, {
    callsCreated: 9,
    callsCurrent: 8,
    callsSuccessful: 7,
    callsFailed: 6,
    retransmissions: 5,
    unexpectedMessages: 4,
    unansweredRequests: 3,
    receiveTimeouts: 2,
    outOfCallMessages: 1,
  });
});

test("broken statistics are values, never exceptions", () => {
  assert.deepEqual(parseStatistics(""), { ok: false, problem: "no line of figures" });
  assert.deepEqual(parseStatistics(HEADS), { ok: false, problem: "no line of figures" });
  assert.deepEqual(parseStatistics("a;b\n1;2"), {
    ok: false,
    problem: "no column TotalCallCreated",
  });
  const bad = parseStatistics(`${HEADS}\nx;1;0;0;0;0;0;0;0;`);
  assert.deepEqual(bad, { ok: false, problem: 'TotalCallCreated is no count: "x"' });
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(typeof parseStatistics(text).ok, "boolean");
    }),
  );
});

test("a capture holds whole frames only", () => {
  const empty = rtpCapture(new Uint8Array(159)).length;
  const one = rtpCapture(new Uint8Array(161)).length;
  // Enhanced packet block 32, Ethernet 14, IPv4 20, UDP 8, RTP 12, audio 160, padded to 4.
  assert.equal(one - empty, 32 + Math.ceil((14 + 20 + 8 + 12 + 160) / 4) * 4);
  assert.equal(rtpCapture(new Uint8Array(480)).length - empty, 3 * (one - empty));
});
