// Delta3: the vectors' texts written from their meaning, quoting, and a lenient reader.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  serializeDelta3,
  type Delta3Call,
  type Delta3Detail,
  type Delta3Party,
  type Delta3Target,
} from "../../src/wire/delta3.ts";
import { parseDelta3 } from "./delta3-reader.ts";
import { FrameReader } from "../../src/wire/devlink3-frame.ts";
import { parsePacket } from "../../src/wire/devlink3-packet.ts";
import { decodeText } from "../../src/wire/devlink3-tuple.ts";
import { vector, type VectorName } from "./devlink3-vectors.ts";

function textOf(name: VectorName): string {
  const [payload] = new FrameReader().push(vector(name));
  const packet = parsePacket(payload ?? new Uint8Array());
  assert.ok(packet.ok && packet.value.type === "event");
  return decodeText(packet.value.tuples[0]?.data ?? new Uint8Array());
}

const CALL: Delta3Call = {
  node: "c0a80a01",
  callId: 21,
  accountCode: "",
  authorisationCode: "",
  tag: "",
  transferCause: 0,
  ownerGroup: "",
  originalGroup: "",
  originalUser: "",
  currentGroup: "",
  currentUser: "",
  voicemailMessage: null,
  voicemailSeconds: null,
  queue: null,
  timestamp: null,
  overflow: null,
  callFlow: null,
  callFlowTime: null,
};

const PARTY: Delta3Party = {
  endId: "c0a80a01000003ea",
  direction: 1,
  state: 7,
  audioPath: 1,
  tone: 3,
  remote: 0,
  publicLine: 0,
  flags: 0,
  emergency: 1,
  equipmentClass: 8,
  equipmentType: 106,
  description: "",
  identity: "2001",
  calledType: 0,
  calledReason: 0,
  did: "",
  dialled: "",
  onBehalf: "",
  targetNumber: "",
  targetSubAddress: "",
  purpose: "",
  cli: "2001",
  cliPresentation: 100,
  nameType: null,
  name: null,
  relatedEnd: null,
};

const TARGET: Delta3Target = {
  endId: "c0a80a01000003f2",
  remote: 0,
  publicLine: 0,
  equipmentClass: 8,
  equipmentType: 106,
  description: "",
  identity: "2001",
  calledType: 0,
  calledReason: 4,
  targetNumber: "",
  targetSubAddress: "",
  purpose: "300",
  cli: "902079460000",
  cliPresentation: 100,
};

function detail(changes: Partial<Delta3Detail>): Delta3Detail {
  return { kind: "detail", call: CALL, partyA: null, partyB: null, targets: [], ...changes };
}

test("vector D1: off hook with dial tone", () => {
  const record = detail({ partyA: PARTY });
  assert.equal(serializeDelta3(record), textOf("D1"));
  assert.deepEqual(parseDelta3(textOf("D1")), [record]);
});

test("vector D2: a hunt group rings two phones", () => {
  const trunk = {
    ...PARTY,
    endId: "c0a80a0100002329",
    state: 19,
    tone: 2,
    publicLine: 1,
    emergency: 0,
    equipmentClass: 2,
    equipmentType: 2,
    description: "5.7",
    identity: "",
    did: "5550100",
    cli: "02079460000",
  };
  const record = detail({
    call: { ...CALL, callId: 22, originalGroup: "300", currentGroup: "300" },
    partyA: trunk,
    targets: [TARGET, { ...TARGET, endId: "c0a80a01000003f3", identity: "2002" }],
  });
  assert.equal(serializeDelta3(record), textOf("D2"));
  assert.deepEqual(parseDelta3(textOf("D2")), [record]);
});

test("vector D3: CallLost without timestamp", () => {
  const record = {
    kind: "callLost",
    node: "c0a80a01",
    endId: "c0a80a01000003f2",
    clearedInbound: 1,
    cause: 16,
    timestamp: null,
    linkReference: null,
  } as const;
  assert.equal(serializeDelta3(record), textOf("D3"));
  assert.deepEqual(parseDelta3(textOf("D3")), [record]);
});

test("vector D7: a quoted name keeps its comma, umlauts and ampersand", () => {
  const [record] = parseDelta3(textOf("D7"));
  assert.ok(record?.kind === "detail");
  assert.equal(record.partyA?.name, "Müller, Söhne & Co");
  assert.equal(record.partyA.description, "a1b2c3@10.0.0.9");
  assert.equal(record.partyB?.identity, "2001");
  assert.equal(serializeDelta3(record), textOf("D7"));
});

test("LinkLost and AttemptReject of sections 10 Q8 and Q10", () => {
  const texts = [
    "<LinkLost>c0a81e01,c0a81401000003e9,0,16,866000,17.3</LinkLost>",
    "<AttemptReject>c0a80a01,c0a80a010000041b,2002,drop</AttemptReject>",
  ];
  const records = parseDelta3(texts.join(""));
  assert.deepEqual(records.map(serializeDelta3), texts);
});

test("fields after the eleventh of a Call are written up to the last that is set (Q8)", () => {
  const call = { ...CALL, ownerGroup: "300", queue: 1, timestamp: 864_000 };
  const text = serializeDelta3(detail({ call }));
  assert.equal(text, "<Detail><Call>c0a80a01,21,,,,0,300,,,,,,,1,864000</Call></Detail>");
});

test("any name and any bare text survive quoting and escapes", () => {
  const name = fc.string({ unit: "grapheme" }).filter((text) => text === text.trim());
  const bare = fc
    .string()
    .filter((text) => text === text.trim() && !text.includes(",") && !text.startsWith('"'));
  fc.assert(
    fc.property(name, bare, (text, description) => {
      const partyB = { ...PARTY, nameType: 2, name: text === "" ? null : text, description };
      const record = detail({ partyB });
      assert.deepEqual(parseDelta3(serializeDelta3(record)), [record]);
    }),
  );
});

test("the reader splits before it decodes, and takes doubled and stray quote marks", () => {
  const head = "<Detail><Call>n,1</Call><PartyA>e,1,2,1,0,0,0,0,0,5,0,";
  const text = `${head}a&#44;b"c,,0,0,,,,,,,,100,2, "x ""y"", z" ,r</PartyA></Detail>`;
  const [record] = parseDelta3(text);
  assert.ok(record?.kind === "detail");
  assert.equal(record.partyA?.description, 'a,b"c');
  assert.equal(record.partyA.nameType, 2);
  assert.equal(record.partyA.name, 'x "y", z');
  assert.equal(record.partyA.relatedEnd, "r");
});

test("any text gives records, never an exception; what is not a record is skipped", () => {
  assert.deepEqual(parseDelta3("<Detail><Call>n,1</Call>"), []);
  assert.deepEqual(parseDelta3("<Other>1</Other>"), []);
  const pieces = fc.constantFrom(
    "<Detail>",
    "</Detail>",
    "<Call>",
    "</Call>",
    "<PartyA>",
    '"',
    ",",
  );
  const text = fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 }))).map((list) => list.join(""));
  fc.assert(fc.property(text, (input) => assert.ok(Array.isArray(parseDelta3(input)))));
});
