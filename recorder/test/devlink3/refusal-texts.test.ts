// What a refused packet, tuple or SIPTrack says: code, place and sentence, as they stand in the
// log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventRefusal } from "../../src/devlink3/link-policy.ts";
import { parsePacket } from "../../src/devlink3/packet.ts";
import { parseSipTrack } from "../../src/devlink3/sip-track.ts";
import { parseTuples } from "../../src/devlink3/tuple.ts";
import type { Parsed } from "../../src/parsed.ts";

type Row = readonly [input: string, code: string, at: string | number, detail: string];

function check(read: (input: string) => Parsed<unknown>, rows: readonly Row[]): void {
  for (const [input, code, at, detail] of rows) {
    const result = read(input);
    assert.deepEqual(result, { ok: false, problem: { code, at, detail } }, input);
  }
}

const ends = (what: string): string => `The packet ends before the end of ${what}.`;

test("a packet that is cut off says before the end of what, and where", () => {
  check(
    (hex) => parsePacket(Buffer.from(hex, "hex")),
    [
      ["0030", "truncated", 2, ends("the type")],
      ["00300001000000", "truncated", 7, ends("the RequestID")],
      ["0030000100000001000000", "truncated", 11, ends("the step")],
      ["003000010000000100000001414243", "truncated", 15, ends("the user name")],
      ["80300001000000010000", "truncated", 10, ends("the result")],
      ["8030001100000001000000", "truncated", 11, ends("the result")],
      ["8030004100000001000000", "truncated", 11, ends("the result")],
      ["802a000100000001000000", "truncated", 11, ends("the result")],
      ["10300011c0a80a01000000", "truncated", 11, ends("the counter")],
      ["002a000100000001000000", "truncated", 11, ends("a length")],
      ["002a00010000000100000002ff", "truncated", 13, ends("the data")],
      ["003000010000000100000099", "bad-step", 8, "The authentication step is unknown."],
    ],
  );
});

test("a tuple that is cut off, or of which there are too many, says where it began", () => {
  check(
    (hex) => parseTuples(Buffer.from(hex, "hex"), 1),
    [
      ["ff00000001", "truncated", 1, "The packet ends within a tuple's code or length."],
      ["ff0000000100", "truncated", 1, "The packet ends within a tuple's code or length."],
      ["ff000000010002aa", "truncated", 1, "A tuple runs past the end of the packet."],
      [
        `ff${"000000010000".repeat(4097)}`,
        ...([
          "too-many-tuples",
          1 + 6 * 4096,
          "The packet has more tuples than the limit.",
        ] as const),
      ],
    ],
  );
});

test("a SIPTrack that cannot be used says which of its six fields is wrong", () => {
  check(parseSipTrack, [
    ["START,1,e,PHONE,IN", "truncated", 5, "A SIPTrack has six fields."],
    ["BEGIN,1,e,PHONE,IN,c", "bad-event", 1, "Not START or END."],
    ["START, ,e,PHONE,IN,c", "no-end", 2, "The end identifier is missing."],
    ["START,1,e,FAX,IN,c", "bad-type", 4, "Not TRUNK or PHONE."],
    ["START,1,e,PHONE,UP,c", "bad-direction", 5, "Not IN or OUT."],
    ["END,1,e,TRUNK,OUT, ", "no-call-id", 6, "The SIP Call-ID is missing."],
  ]);
});

test("§6.1: a refused event request names the result and what was asked for", () => {
  const asked = ["-SCN", "-SIPTrack"];
  const detail = 'result 80000022 for "-SCN -SIPTrack"';
  assert.deepEqual(eventRefusal(0x80000022, { asked, granted: [] }).trouble, {
    code: "DEVLINK3_LICENCE_INSUFFICIENT",
    detail,
  });
  assert.deepEqual(eventRefusal(0x80000022, { asked: ["-SIPTrack"], granted: [] }), {
    action: "retry",
    delayMs: 900_000,
    trouble: { code: "DEVLINK3_LICENCE_MISSING", detail: 'result 80000022 for "-SIPTrack"' },
  });
});
