// What a refused packet, tuple or SIPTrack says: code, place and sentence, as they stand in the
// log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readDelta3 } from "../../src/devlink3/delta3.ts";
import { controlResult, parseControlPacket, recordingStatus } from "../../src/devlink3/dl3rec.ts";
import { Deframer, MAXIMUM_FRAME_BYTES } from "../../src/devlink3/frame.ts";
import { eventRefusal } from "../../src/devlink3/link-policy.ts";
import { parsePacket } from "../../src/devlink3/packet.ts";
import { parseSipTrack } from "../../src/devlink3/sip-track.ts";
import { numberTuple, parseTuples, textTuple } from "../../src/devlink3/tuple.ts";
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

test("devlink3.md §2: a frame that ends the stream says at which byte and why", () => {
  const problemOf = (hex: string, maximumFrameBytes = MAXIMUM_FRAME_BYTES): unknown => {
    const [output] = new Deframer({ maximumFrameBytes }).push(Buffer.from(hex, "hex"));
    return output?.type === "damaged" ? output.problem : output;
  };
  assert.deepEqual(problemOf("50"), {
    ...{ code: "bad-mark", at: 0, detail: "A frame must begin with 0x49." },
  });
  assert.deepEqual(problemOf("498080"), undefined, "the long header is not complete");
  assert.deepEqual(problemOf("49808000"), {
    code: "bad-length",
    at: 0,
    detail: "The length bytes of a long frame contradict each other.",
  });
  assert.deepEqual(problemOf("490006"), {
    ...{ code: "too-short", at: 0, detail: "A frame of 6 bytes has no room for a type." },
  });
  assert.deepEqual(problemOf("490064", 99), {
    ...{ code: "too-long", at: 0, detail: "A frame of 100 bytes is beyond the limit." },
  });
  assert.deepEqual(problemOf("490064", 100), undefined);
});

test("devlink3.md §8.1: a Delta3 record that is damaged says where and what is wrong", () => {
  const call = "<Call>n,1</Call>";
  const commas = ",".repeat(26);
  const rows: [text: string, code: string, at: string, detail: string][] = [
    ["<Detail>", "unclosed", "Detail", "The closing tag is missing."],
    ["<New>1</New>", "unknown-record", "New", "The record's name is unknown."],
    ["<Detail><Call>n</Detail>", "unclosed", "Detail", "A section is cut off."],
    ["<Detail></Detail>", "no-call", "Call", "Node or CallID is missing or not valid."],
    [`<Detail><Call>n,-1</Call></Detail>`, ...NO_CALL],
    [`<Detail><Call>,1</Call></Detail>`, ...NO_CALL],
    [`<Detail><Call>n,4294967296</Call></Detail>`, ...NO_CALL],
    [
      `<Detail>${call}<PartyA>,1</PartyA></Detail>`,
      ...(["no-end", "PartyA", "The end identifier is missing."] as const),
    ],
    [
      `<Detail>${call}<PartyB>e${commas}</PartyB></Detail>`,
      ...(["damaged", "PartyB", "Fields beyond 15 are shifted by a comma."] as const),
    ],
    [
      `<Detail>${call}<Target_list><Target>,0</Target></Target_list></Detail>`,
      ...(["no-end", "Target", "The end identifier is missing."] as const),
    ],
    ["<CallLost>n,,1</CallLost>", "no-end", "CallLost", "Node or end is missing."],
    ["<LinkLost>,e,1</LinkLost>", "no-end", "LinkLost", "Node or end is missing."],
    ["<AttemptReject>n,</AttemptReject>", "no-end", "AttemptReject", "Node or end is missing."],
    ["<CallLost>n,e,1,x</CallLost>", ...notInteger("CallLost 4")],
    [`<Detail><Call>n,1,,,,,,,,,,x</Call></Detail>`, ...notInteger("Call 12")],
    [`<Detail>${call}<PartyA>e,1,2,3,x</PartyA></Detail>`, ...notInteger("PartyA 5")],
    [
      `<Detail>${call}<Target_list><Target>e,0,,x</Target></Target_list></Detail>`,
      ...notInteger("Target 4"),
    ],
  ];
  for (const [text, code, at, detail] of rows) {
    assert.deepEqual(readDelta3(text).problems, [{ code, at, detail }], text);
  }
});

const NO_CALL = ["no-call", "Call", "Node or CallID is missing or not valid."] as const;

function notInteger(at: string): [code: string, at: string, detail: string] {
  return ["not-an-integer", at, "The field should be an integer."];
}

test("a packet of recording control that is cut off, or a status of nothing, says so", () => {
  assert.deepEqual(parseControlPacket(Buffer.from("103000f1000000010000", "hex")), {
    ok: false,
    problem: { code: "truncated", at: 10, detail: "The packet is cut off." },
  });
  const packet = { kind: "status", first: 1, second: 1 } as const;
  const noStream = { code: "no-stream", at: 12, detail: "No stream id." };
  const noState = { code: "bad-state", at: 12, detail: "The state is missing or unknown." };
  const stream = textTuple(0x7fe00015, "r7Qk2");
  assert.deepEqual(
    [[], [textTuple(0x7fe00015, "")], [stream], [stream, numberTuple(0x7fe00020, 6)]].map(
      (tuples) => recordingStatus({ ...packet, tuples }),
    ),
    [noStream, noStream, noState, noState].map((problem) => ({ ok: false, problem })),
  );
});

test("a refused recording says result, SIP status and reason, as far as there are any", () => {
  const detailOf = (...tuples: ReturnType<typeof textTuple>[]): string => {
    const result = controlResult({ kind: "response", first: 1, second: 0x80000000, tuples });
    return result.ok ? assert.fail("it is refused") : result.detail;
  };
  assert.equal(detailOf(), "80000000");
  assert.equal(detailOf(textTuple(0x7fe00024, "")), "80000000");
  assert.equal(detailOf(textTuple(0x7fe00024, "no room")), "80000000 no room");
  assert.equal(detailOf(numberTuple(0x7fe00023, 404)), "80000000 404");
});
