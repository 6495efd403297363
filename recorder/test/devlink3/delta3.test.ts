// The Delta3 reader: the specification's records, quoting and entities, damage, fuzz.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeEntities, MAXIMUM_FIELDS, splitFields } from "../../src/devlink3/delta3-fields.ts";
import type { DetailRecord, Party } from "../../src/devlink3/delta3-record.ts";
import { MAXIMUM_PROBLEMS, parseDelta3, readDelta3 } from "../../src/devlink3/delta3.ts";
import { TEXTS } from "./vectors.ts";

function detailOf(text: string): DetailRecord {
  const [record, ...more] = parseDelta3(text);
  assert.deepEqual(more, []);
  assert.ok(record?.kind === "Detail", text);
  return record;
}

/** A Detail with one party of the given content. */
function partyOf(content: string): Party {
  const { partyA } = detailOf(`<Detail><Call>n,1</Call><PartyA>${content}</PartyA></Detail>`);
  assert.ok(partyA !== null);
  return partyA;
}

const PARTY = {
  endId: "c0a80a01000003ea",
  direction: 1,
  state: 7,
  audioPath: 1,
  tone: 3,
  isRemote: false,
  isPublicLine: false,
  flags: 0,
  equipmentClass: 8,
  equipmentType: 106,
  description: "",
  identity: "2001",
  calledType: 0,
  calledReason: 0,
  did: "",
  dialled: "",
  targetNumber: "",
  purpose: "",
  cli: "2001",
  cliPresentation: 100,
  nameType: null,
  name: "",
  relatedEndId: "",
  isDamaged: false,
};

const CALL = {
  node: "c0a80a01",
  callId: 21,
  accountCode: "",
  tag: "",
  ownerGroup: "",
  originalGroup: "",
  originalUser: "",
  currentGroup: "",
  currentUser: "",
  voicemailMessage: null,
  queue: null,
  timestamp: null,
  overflow: null,
};

describe("Delta3 records, devlink3.md §8", () => {
  test("vector D1: one party with dial tone", () => {
    const expected = { kind: "Detail", call: CALL, partyA: PARTY, partyB: null, targets: [] };
    assert.deepEqual(readDelta3(TEXTS.D1), { records: [expected], problems: [] });
  });

  test("vector D2: an incoming call with two targets", () => {
    const { call, partyA, targets } = detailOf(TEXTS.D2);
    assert.deepEqual(call, { ...CALL, callId: 22, originalGroup: "300", currentGroup: "300" });
    assert.equal(partyA?.isPublicLine, true);
    assert.equal(partyA?.did, "5550100");
    const target = {
      endId: "c0a80a01000003f2",
      isRemote: false,
      equipmentClass: 8,
      identity: "2001",
      calledType: 0,
      calledReason: 4,
      targetNumber: "",
      purpose: "300",
      cli: "902079460000",
    };
    assert.deepEqual(targets, [target, { ...target, endId: "c0a80a01000003f3", identity: "2002" }]);
  });

  test("vector D3: CallLost without timestamp", () => {
    const lost = {
      kind: "CallLost",
      node: "c0a80a01",
      endId: "c0a80a01000003f2",
      isClearedByDevice: true,
      cause: 16,
      timestamp: null,
    };
    assert.deepEqual(parseDelta3(TEXTS.D3), [lost]);
  });

  test("vector D7: a quoted name with a comma, umlauts and an ampersand", () => {
    const { partyA, partyB } = detailOf(TEXTS.D7);
    assert.equal(partyA?.name, "Müller, Söhne & Co");
    assert.equal(partyA?.nameType, 2);
    assert.equal(partyA?.description, "a1b2c3@10.0.0.9");
    assert.equal(partyA?.did, "sip:2001@10.0.0.1");
    assert.equal(partyB?.direction, 0);
  });

  test("Q8: queue and timestamp; Q11: the related end of a recording leg", () => {
    const queued = detailOf(
      "<Detail><Call>c0a80a01,36,,,,0,300,300,,300,,,,1,864000</Call></Detail>",
    );
    assert.equal(queued.call.queue, 1);
    assert.equal(queued.call.timestamp, 864_000);
    assert.equal(queued.call.ownerGroup, "300");
    const leg = partyOf(
      "c0a80a010000042e,1,1,1,0,0,0,0,0,19,0,,,0,0,,,,,,,,100,,,c0a80a01000003f3",
    );
    assert.equal(leg.relatedEndId, "c0a80a01000003f3");
    assert.equal(leg.isDamaged, false);
  });

  test("LinkLost and AttemptReject", () => {
    assert.deepEqual(
      parseDelta3(
        "<LinkLost>c0a81e01,c0a81401000003e9,0,16,866000,17.3</LinkLost>" +
          "<AttemptReject>c0a80a01,c0a80a010000041b,2002,drop</AttemptReject>",
      ),
      [
        {
          kind: "LinkLost",
          node: "c0a81e01",
          endId: "c0a81401000003e9",
          isClearedByDevice: false,
          cause: 16,
          timestamp: 866_000,
        },
        {
          kind: "AttemptReject",
          node: "c0a80a01",
          endId: "c0a80a010000041b",
          user: "2002",
          qualifier: "drop",
        },
      ],
    );
  });

  test("white space around list and fields is ignored", () => {
    const { call } = detailOf("\n<Detail> <Call>\n c0a80a01 ,\t21 , acc </Call> </Detail>\n");
    assert.deepEqual(call, { ...CALL, accountCode: "acc" });
  });

  test("flags are bits of one integer: 1 privacy, 32 consent refused", () => {
    assert.equal(partyOf("e,1,2,1,0,1,1,33").flags, 0x21);
    assert.equal(partyOf("e,1,2,1,0,1,1,33").isRemote, true);
  });

  test("a field that should be an integer and is none is absent, and reported", () => {
    const { records, problems } = readDelta3(
      "<Detail><Call>n,1</Call><PartyA>e,one,2</PartyA><PartyB>f,-0,+2</PartyB></Detail>",
    );
    const [record] = records;
    assert.ok(record?.kind === "Detail");
    assert.equal(record.partyA?.direction, null);
    assert.equal(record.partyB?.direction, 0);
    assert.equal(record.partyB?.state, 2);
    assert.deepEqual(
      problems.map(({ code, at }) => [code, at]),
      [["not-an-integer", "PartyA 2"]],
    );
  });
});

describe("Delta3 quoting and entities, devlink3.md §8.1", () => {
  const cases: [string, string[]][] = [
    ["", [""]],
    ["a,,b,", ["a", "", "b", ""]],
    [' "a, b" , c', ["a, b", "c"]],
    ['"a""b",c', ['a"b', "c"]],
    ['x,\t"a, b"\r,\n"c, d"\t,y', ["x", "a, b", "c, d", "y"]],
    ['"",""', ["", ""]],
    ['"""quoted""",x', ['"quoted"', "x"]],
    ['"say "hi" now",x', ['say "hi" now', "x"]],
    ['a"b,c"d', ['a"b', 'c"d']],
    ['"never closed, x', ['"never closed', "x"]],
    ["&quot;a, b&quot;,c", ["a, b", "c"]],
    ["&quot;a&quot;&quot;b&quot;,c", ['a"b', "c"]],
    ['"a &quot;b&quot;, c",d', ['a "b", c', "d"]],
    ["a&#44;b,c&#x2C;d", ["a,b", "c,d"]],
    ["A & B,C&D;,&unknown;", ["A & B", "C&D;", "&unknown;"]],
    ["&lt;&gt;&amp;&apos;&quot;x", ["<>&'\"x"]],
    ["&amp;#44;", ["&#44;"]],
    ["&#0;,&#xD800;,&#1114112;", ["&#0;", "&#xD800;", "&#1114112;"]],
  ];
  for (const [text, fields] of cases) {
    test(`«${text}» has the fields ${JSON.stringify(fields)}`, () => {
      assert.deepEqual(splitFields(text), fields);
    });
  }

  test("fields beyond the limit are left out", () => {
    assert.equal(splitFields(",".repeat(200)).length, MAXIMUM_FIELDS);
  });

  test("an unescaped < or & in a name does not cost the record", () => {
    const party = partyOf('e,1,2,1,0,0,0,0,0,8,106,,2001,0,0,,,,,,,,100,2,"<b> & <3 </i>",');
    assert.equal(party.name, "<b> & <3 </i>");
  });

  test("any name written by the writer rule is read back", () => {
    const escape = (name: string): string =>
      name
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (name) => {
        const party = partyOf(`e${",".repeat(22)}100,2,"${escape(name)}",r`);
        assert.equal(party.name, name);
        assert.equal(party.relatedEndId, "r");
      }),
      { numRuns: 500 },
    );
  });

  test("entities are decoded once", () => {
    assert.equal(decodeEntities("&amp;amp;"), "&amp;");
    assert.equal(decodeEntities("plain"), "plain");
  });
});

describe("Delta3 damage, devlink3.md §8.1", () => {
  const shifted = 'e,1,2,1,0,0,1,0,0,5,0,call,,0,7,sip:a,b@c,,,,,,+4930,100,2,"Name"';

  test("a comma in field 16 leaves fields 1 to 15 and marks the party", () => {
    const party = partyOf(shifted);
    assert.equal(party.isDamaged, true);
    assert.equal(party.calledReason, 7);
    const { did, dialled, cli, name, nameType, relatedEndId, cliPresentation } = party;
    assert.deepEqual([did, dialled, cli, name, relatedEndId], ["", "", "", "", ""]);
    assert.deepEqual([nameType, cliPresentation], [null, null]);
    const { problems } = readDelta3(`<Detail><Call>n,1</Call><PartyB>${shifted}</PartyB></Detail>`);
    assert.deepEqual(
      problems.map(({ code, at }) => [code, at]),
      [["damaged", "PartyB"]],
    );
  });

  test("more than 26 fields, or an unknown field 23, are damage; fewer than 23 are not", () => {
    const start = "e,1,2,1,0,0,0,0,0,8,106,,2001,0,0,,,,,,,cli";
    const isDamaged = (rest: string): boolean => partyOf(start + rest).isDamaged;
    for (const good of ["", ",0", ",1", ",2", ",100", ",100,,,"])
      assert.equal(isDamaged(good), false);
    for (const bad of [",3", ",", ",abc", ",100,,,,"]) assert.equal(isDamaged(bad), true);
  });

  const unknowns: [string, string][] = [
    ["an unknown record", "<Fresh>1,<Call>n,1</Call></Fresh>"],
    ["text that is no record", "hello"],
    ["a Detail without Call", "<Detail><PartyA>e,1</PartyA></Detail>"],
    ["a Detail without CallID", "<Detail><Call>n,</Call></Detail>"],
    ["a CallID beyond 32 bits", "<Detail><Call>n,4294967296</Call></Detail>"],
    ["a Detail that is cut off", "<Detail><Call>n,1</Call><PartyA>e,1"],
    ["a Detail with a section cut off", "<Detail><Call>n,1</Call><PartyA>e,1</Detail>"],
    ["a CallLost without end", "<CallLost>n,,1,16</CallLost>"],
    ["an AttemptReject without node", "<AttemptReject>,e,1,dnd</AttemptReject>"],
  ];
  for (const [title, text] of unknowns) {
    test(`${title} is kept raw`, () => {
      assert.deepEqual(parseDelta3(text), [{ kind: "unknown", text }]);
    });
  }

  test("a record that is cut off does not cost the next one", () => {
    const cut = "<Detail><Call>n,1</Call><PartyA>e,1";
    const records = parseDelta3(`${cut}${TEXTS.D3}<CallLost>n,${TEXTS.D1}tail`);
    assert.deepEqual(
      records.map(({ kind }) => kind),
      ["unknown", "CallLost", "unknown", "Detail", "unknown"],
    );
    assert.deepEqual(records[0], { kind: "unknown", text: cut });
  });

  test("a record cut off before one of its own kind is not merged with it", () => {
    const records = parseDelta3(`<Detail><Call>n,7</Call>${TEXTS.D1}`);
    assert.deepEqual(
      records.map(({ kind }) => kind),
      ["unknown", "Detail"],
    );
    assert.ok(records[1]?.kind === "Detail" && records[1].call.callId === 21);
  });

  test("unknown elements are ignored with their content", () => {
    const { call, partyA } = detailOf(
      "<Detail><New><Call>x,9</Call></New><Call>n,1</Call><Open><PartyA>e,1</PartyA>" +
        "<Call>other,2</Call></Detail>",
    );
    assert.equal(call.node, "n");
    assert.equal(partyA?.endId, "e");
  });

  test("parties and targets without end identifier are left out", () => {
    const { records, problems } = readDelta3(
      "<Detail><Call>n,1</Call><PartyA></PartyA><PartyB>,1,2</PartyB>" +
        "<Target_list><Target>,0</Target><Other>e</Other><Target>t,0</Target></Target_list></Detail>",
    );
    const [record] = records;
    assert.ok(record?.kind === "Detail");
    assert.deepEqual([record.partyA, record.partyB], [null, null]);
    assert.deepEqual(
      record.targets.map(({ endId }) => endId),
      ["t"],
    );
    assert.deepEqual(
      problems.map(({ at }) => at),
      ["PartyB", "Target"],
    );
  });

  test("problems are limited", () => {
    const { problems } = readDelta3("<CallLost></CallLost>".repeat(100));
    assert.equal(problems.length, MAXIMUM_PROBLEMS);
  });

  test("a record cut off at any character is a value, and no Detail that lacks a part", () => {
    for (const text of [TEXTS.D1, TEXTS.D2, TEXTS.D3, TEXTS.D7]) {
      for (let cut = 1; cut < text.length; cut += 1) {
        const records = parseDelta3(text.slice(0, cut));
        assert.deepEqual(records, [{ kind: "unknown", text: text.slice(0, cut).trim() }]);
      }
    }
  });

  test("any mixture of tags, marks and text gives records, never an exception", () => {
    const piece = fc.constantFrom(
      ...["<Detail>", "</Detail>", "<Call>", "</Call>", "<PartyA>", "</PartyA>", "<Target_list>"],
      ...["<Target>", "</Target>", "</Target_list>", "<CallLost>", "</CallLost>", "<X>", "</X>"],
      ...["n,1", '"', "&quot;", ",", " ", "&", "<", "16", "é", "&#44;"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        const records = parseDelta3(text);
        assert.equal(records.length === 0, text.trim() === "");
      }),
      { numRuns: 2_000 },
    );
  });

  test("a text of 65,535 characters made to be slow is read in linear time", () => {
    for (const evil of ["<a>", "<Detail>", '"a,', "</Call>", '""', "&quot;", "<CallLost>x"]) {
      const text = `<Detail><Call>${evil.repeat(Math.floor(65_000 / evil.length))}`;
      assert.ok(parseDelta3(text).length > 0);
      assert.ok(parseDelta3(`${text}</Call></Detail>`).length > 0);
    }
  });
});
