// Past calls for `rules test`: rows of calls.jsonl, and the raw Delta3 stream played again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readPastCalls } from "../../src/association/past-calls.ts";
import { serializeFrame } from "../../src/devlink3/frame.ts";
import { serializePacket } from "../../src/devlink3/packet.ts";
import { serializeText, TUPLE_CODE } from "../../src/devlink3/tuple.ts";
import { explainCall } from "../../src/rules/explain.ts";
import { rulesOf } from "../rules/steps.ts";
import { cleared, ringing, talking } from "./records.ts";
import { FactsWorld } from "./world.ts";

const NODE = "c0a80a01";
const TRUNK = `${NODE}00002329`;
const PHONE = `${NODE}000003f3`;
const AT = "2026-01-05T08:00:0";

/** Party of §8.3: state, equipment class, identity, DID, CLI. */
function party(
  endId: string,
  set: {
    direction: 0 | 1;
    state: number;
    line: 0 | 1;
    kind: number;
    identity?: string;
    did?: string;
    cli?: string;
  },
): string {
  const { direction, state, line, kind, identity = "", did = "", cli = "" } = set;
  const begin = [endId, direction, state, 1, 0, 0, line, 0, "", kind, 0, "", identity, 0, 0, did];
  return [...begin, "", "", "", "", "", cli, 100].join(",");
}

function detail(state: number, phone: string | null): string {
  const call = `<Call>${NODE},31,,,,0,,,,,</Call>`;
  const a = party(TRUNK, { direction: 1, state, line: 1, kind: 2, did: "5550100", cli: "0207" });
  const b = phone === null ? "" : `<PartyB>${phone}</PartyB>`;
  return `<Detail>${call}<PartyA>${a}</PartyA>${b}</Detail>`;
}

const TALKS = party(PHONE, { direction: 0, state: 2, line: 0, kind: 8, identity: "2001" });
const TEXTS = [
  detail(19, null),
  detail(2, TALKS),
  `<CallLost>${NODE},${TRUNK},0,16</CallLost>`,
  `<CallLost>${NODE},${PHONE},0,16</CallLost>`,
];

function frame(text: string, counter: number): Uint8Array {
  const tuples = [{ code: TUPLE_CODE.callDelta3, data: serializeText(text) }];
  const address = "192.168.10.1";
  return serializeFrame(serializePacket({ type: "event", address, counter, tuples }));
}

function line(seconds: number, bytes: Uint8Array, pbx = "192.0.2.1"): string {
  return `${AT}${seconds}.000Z ${pbx} in ${Buffer.from(bytes).toString("hex")}`;
}

const RULES = rulesOf(
  { title: "Alice", kind: "agent", match: { agents: ["2001"] } },
  { title: "Long", kind: "advanced-event", match: { events: ["talking"], atLeastSeconds: 2 } },
  { title: "Bob", kind: "agent", match: { agents: ["2002"] } },
);

test("a cd3_log is played through the DevLink3 codecs and the call model", () => {
  const lines = TEXTS.map((text, index) => line(index * 2, frame(text, index)));
  const { calls, unreadableLines } = readPastCalls(lines.join("\n"), "all");
  const [call] = calls;
  assert.ok(call !== undefined && calls.length === 1);
  assert.equal(unreadableLines, 0);
  assert.equal(call.callKey, `${NODE}-31-${Date.parse(`${AT}0.000Z`)}`);
  assert.deepEqual(
    call.steps.map(({ kind, durationMs }) => [kind, durationMs]),
    [
      ["ringing", 2_000],
      ["talking", 2_000],
    ],
  );
  const explained = explainCall(call, { rules: RULES, recordFromBeginning: true });
  assert.deepEqual(
    [explained.wouldRecord, explained.rule, explained.because],
    [true, "Alice", 'the rule "Alice" wants it'],
  );
  assert.deepEqual(
    explained.rules.map(({ title, matched }) => [title, matched]),
    [
      ["Alice", true],
      ["Long", true],
      ["Bob", false],
    ],
  );
});

test("frames may come in pieces, of two connections and of two IP Offices at once", () => {
  const [first, ...rest] = TEXTS.map((text, index) => frame(text, index));
  assert.ok(first !== undefined);
  const lines = [
    line(0, first.subarray(0, 40)),
    line(0, first, "192.0.2.2"),
    line(1, first.subarray(40)),
    ...rest.map((bytes) => line(2, bytes)),
    `${AT}3.000Z 192.0.2.1 out 490011`,
    "a line of another log",
    line(3, Buffer.from("no frame at all")),
  ];
  const { calls, unreadableLines } = readPastCalls(lines.join("\n"), "all");
  assert.deepEqual([calls.length, unreadableLines], [2, 1]);
});

test("any bytes, and any cut, are values", () => {
  const whole = TEXTS.map((text, index) => line(index, frame(text, index))).join("\n");
  for (let end = 0; end < whole.length; end += 97) {
    assert.ok(Array.isArray(readPastCalls(whole.slice(0, end), "all").calls));
  }
  assert.deepEqual(readPastCalls("", "all"), { calls: [], unreadableLines: 0 });
});

test("a row of calls.jsonl is judged as the live call was", () => {
  const world = new FactsWorld({ recordFromBeginning: false });
  world.rules = RULES;
  world.service.start();
  world.link.comeUp();
  world.link.tell(ringing(), talking());
  world.advance(10_000);
  world.link.tell(...cleared());
  const [row] = world.told.rows;
  const rows = [
    { type: "discard", recordingKey: "r1" },
    { ...row, events: [] },
    row,
    { type: "call", callKey: "of an older version" },
    { type: "call", callKey: "odd", events: [{}, 7, { kind: "moon" }] },
  ];
  const text = [...rows.map((one) => JSON.stringify(one)), "{torn"].join("\n");
  const { calls, unreadableLines } = readPastCalls(text, "all");
  assert.deepEqual([calls.length, unreadableLines], [2, 2]);
  const [call] = calls;
  assert.ok(call !== undefined && row !== undefined);
  const explained = explainCall(call, { rules: RULES, recordFromBeginning: false });
  assert.deepEqual(
    [explained.rule, explained.decision, explained.callKey],
    [row["rule"], row["ruleDecision"], row["callKey"]],
  );
});

test("why a rule does not match: the nearest that it came", () => {
  const lines = TEXTS.map((text, index) => line(index * 2, frame(text, index)));
  const [call] = readPastCalls(lines.join("\n"), "all").calls;
  assert.ok(call !== undefined);
  const agent = (title: string, set: object): object => ({
    title,
    kind: "agent",
    match: { agents: ["2001"] },
    ...set,
  });
  const rules = rulesOf(
    agent("direction", { direction: "internal" }),
    agent("party", { externalParty: ["+33*"] }),
    agent("times", { times: [{ from: "09:00" }] }),
    agent("share", { share: 0 }),
    agent("point", {
      kind: "advanced-to-this-point",
      match: { happened: [{ events: ["held"] }, { events: ["talking"] }] },
    }),
  );
  const {
    rules: told,
    because,
    wouldRecord,
  } = explainCall(call, {
    rules,
    recordFromBeginning: true,
  });
  assert.deepEqual([wouldRecord, because], [false, "no rule matches"]);
  assert.deepEqual(
    told.map((one) => one.because.split(":")[0]),
    [
      "the direction is another",
      "the external party is another",
      "the event was outside its times",
      "it is outside the share",
      "what should have happened before did not, or what should not did",
    ],
  );
  for (const recordFromBeginning of [true, false]) {
    const bare = explainCall(call, { rules: [], recordFromBeginning });
    assert.equal(bare.wouldRecord, recordFromBeginning);
    assert.match(bare.because, /there are no rules/);
  }
});
