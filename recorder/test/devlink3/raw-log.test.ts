// A cd3_log read back (devlink3.md §2, §8): lines, chunks, connections, and what is no record.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serializeFrame } from "../../src/devlink3/frame.ts";
import { serializePacket } from "../../src/devlink3/packet.ts";
import { readRawLog, type RawLog } from "../../src/devlink3/raw-log.ts";
import { textTuple, TUPLE_CODE, type Tuple } from "../../src/devlink3/tuple.ts";
import { frameOf, hexOf } from "./vectors.ts";

const AT = "2026-01-05T08:00:00.000Z";
const PBX = "192.0.2.1";

function line(bytes: Uint8Array, at = AT, pbx = PBX, direction = "in"): string {
  return `${at} ${pbx} ${direction} ${hexOf(bytes)}`;
}

function frame(...tuples: Tuple[]): Uint8Array {
  const packet = { type: "event", address: "10.0.0.1", counter: 1, tuples } as const;
  return serializeFrame(serializePacket(packet));
}

/** An event in which an end is lost. */
function lostOf(endId: string): Uint8Array {
  return frame(textTuple(TUPLE_CODE.callDelta3, `<CallLost>n,${endId},1,16</CallLost>`));
}

function ends({ records }: RawLog): string[] {
  return records.map(({ record }) => ("endId" in record ? record.endId : record.kind));
}

test("each record comes with the time of its line and the IP Office that sent it", () => {
  const log = readRawLog(
    [
      line(lostOf("a")),
      line(lostOf("b"), "2026-01-05T08:00:01.250Z", "pbx.example"),
      line(lostOf("c"), "2026-01-05T08:00:02.5Z"),
      "",
    ].join("\r\n"),
  );
  const lost = { kind: "CallLost", node: "n", isClearedByDevice: true, cause: 16, timestamp: null };
  const zeroMs = Date.parse(AT);
  assert.deepEqual(log, {
    records: [
      { wallTimeMs: zeroMs, pbx: PBX, record: { ...lost, endId: "a" } },
      { wallTimeMs: zeroMs + 1250, pbx: "pbx.example", record: { ...lost, endId: "b" } },
      { wallTimeMs: zeroMs + 2500, pbx: PBX, record: { ...lost, endId: "c" } },
    ],
    heardUntilMs: new Map([
      [PBX, zeroMs + 2500],
      ["pbx.example", zeroMs + 1250],
    ]),
    unreadableLines: 0,
  });
});

test("what we sent is passed over; lines that are none of the log's are counted, empty ones not", () => {
  const good = line(lostOf("a"));
  const unreadable = [
    "rubbish",
    `x${good}`,
    `${good}g`,
    `${good}0`,
    line(lostOf("b"), "2026-99-05T08:00:00.000Z"),
    line(lostOf("b"), AT, "two words"),
    line(lostOf("b"), AT, PBX, "sideways"),
    `${AT} ${PBX} in `,
  ];
  const out = line(lostOf("sent"), AT, PBX, "out");
  const log = readRawLog([good, "", "   ", out, ...unreadable].join("\n"));
  assert.deepEqual(ends(log), ["a"]);
  assert.equal(log.unreadableLines, unreadable.length);
});

test("frames need not end where lines do; each IP Office has its own stream", () => {
  const [one, other] = [lostOf("one"), lostOf("other")];
  const log = readRawLog(
    [
      line(one.subarray(0, 9)),
      line(other.subarray(0, 20), AT, "192.0.2.2"),
      line(one.subarray(9, 30)),
      line(Buffer.concat([other.subarray(20), lostOf("next")]), AT, "192.0.2.2"),
      line(one.subarray(30), "2026-01-05T08:00:09.000Z"),
    ].join("\n"),
  );
  assert.deepEqual(ends(log), ["other", "next", "one"]);
  assert.equal(log.records[2]?.wallTimeMs, Date.parse("2026-01-05T08:00:09.000Z"));
});

test("whole frames between the pieces of one are of another connection, and cost nothing", () => {
  const one = lostOf("one");
  const log = readRawLog(
    [
      line(one.subarray(0, 9)),
      line(lostOf("other")),
      line(one.subarray(9, 30)),
      line(Buffer.concat([lostOf("b"), lostOf("c")])),
      line(one.subarray(30)),
    ].join("\n"),
  );
  assert.deepEqual(ends(log), ["other", "b", "c", "one"]);
});

test("an IP Office was last heard of at its latest line, whatever their order", () => {
  const [early, late] = ["2026-01-05T08:00:01.000Z", AT.replace("08:", "09:")];
  const log = readRawLog(
    [
      line(lostOf("a"), late),
      line(lostOf("b"), early),
      line(lostOf("sent"), AT.replace("08:", "10:"), PBX, "out"),
      line(Uint8Array.of(0xff), early, "192.0.2.2"),
    ].join("\n"),
  );
  assert.deepEqual(
    [...log.heardUntilMs],
    [
      [PBX, Date.parse(late)],
      ["192.0.2.2", Date.parse(early)],
    ],
  );
});

test("a frame that was cut off by a new connection costs no other record", () => {
  const [cut, next] = [lostOf("cut"), lostOf("c")];
  const whole = Buffer.concat([lostOf("a"), lostOf("b")]);
  const padding = new Uint8Array(cut.length).fill(0xff);
  const chunks = [cut.subarray(0, -2), whole, padding, next.subarray(0, 9), next.subarray(9)];
  const log = readRawLog(chunks.map((chunk) => line(chunk)).join("\n"));
  assert.deepEqual(ends(log), ["a", "b", "c"]);
});

test("all records of an event are read; other tuples, other packets and malformed ones have none", () => {
  const two = "<CallLost>n,a,1,16</CallLost><CallLost>n,b,1,16</CallLost>";
  const log = readRawLog(
    [
      line(
        frame(
          textTuple(TUPLE_CODE.sipTrack, "START,1,e,PHONE,IN,c"),
          textTuple(TUPLE_CODE.callDelta3, two),
          textTuple(TUPLE_CODE.callDelta3, "<CallLost>n,c,1,16</CallLost>"),
        ),
      ),
      line(frameOf("T1")),
      line(serializeFrame(Uint8Array.of(0x10, 0x30, 0, 0x11, 1))),
      line(frame(textTuple(TUPLE_CODE.callDelta3, "hello"))),
    ].join("\n"),
  );
  assert.deepEqual(ends(log), ["a", "b", "c", "unknown"]);
  assert.equal(log.unreadableLines, 0);
});
