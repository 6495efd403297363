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

// -- Rows, field by field -------------------------------------------------------------------------

const ROW = { type: "call", callKey: "c1", events: [] };

test("what a row lacks, or has of another type, is empty", () => {
  const read = (set: object) =>
    readPastCalls(JSON.stringify({ ...ROW, ...set }), "all").calls[0] ?? null;
  const told = {
    startedAt: "2026-01-05T08:00:00.000Z",
    direction: "inbound",
    parties: ["a", 7, "b"],
  };
  assert.deepEqual(read(told), { ...told, parties: ["a", "b"], callKey: "c1", steps: [] });
  assert.deepEqual(read({ startedAt: 5, direction: 7, parties: "a" }), {
    ...{ callKey: "c1", startedAt: "", direction: null, parties: [], steps: [] },
  });
  assert.equal(read({ callKey: 7 }), null);
  assert.equal(read({ events: "none" }), null);
});

test("lines that are no objects are unreadable; empty ones are none", () => {
  const lines = [JSON.stringify(ROW), "", "  ", "5", "null", "[]", '"x"'];
  const { calls, unreadableLines } = readPastCalls(lines.join("\n"), "all");
  assert.deepEqual([calls.length, unreadableLines], [1, 4]);
});

// -- The raw stream -------------------------------------------------------------------------------

/** The same call under another number, in its own stream of texts. */
const callTexts = (callId: number): string[] =>
  TEXTS.map((text) => text.replace(",31,", `,${callId},`));

test("calls come in order of their beginning, with direction and parties", () => {
  const later = callTexts(33).map((text, index) =>
    line(index + 4, frame(text, index), "192.0.2.1"),
  );
  const earlier = TEXTS.map((text, index) => line(index, frame(text, index), "192.0.2.2"));
  const { calls } = readPastCalls([...later, ...earlier].join("\n"), "all");
  assert.deepEqual(
    calls.map(({ callKey, startedAt, direction, parties }) => [
      ...[callKey.slice(0, 11), startedAt, direction, parties],
    ]),
    [
      [`${NODE}-31`, `${AT}0.000Z`, "inbound", ["0207", "2001"]],
      [`${NODE}-33`, `${AT}4.000Z`, "inbound", ["0207", "2001"]],
    ],
  );
});

test("a call that goes on when the log ends is judged as far as it came", () => {
  const lines = TEXTS.slice(0, 2).map((text, index) => line(index * 2, frame(text, index)));
  const rest = line(9, frame("<nonsense>", 7));
  const [call] = readPastCalls([...lines, rest].join("\n"), "all").calls;
  assert.deepEqual(
    call?.steps.map(({ kind, durationMs }) => [kind, durationMs]),
    [
      ["ringing", 2_000],
      ["talking", 7_000],
    ],
  );
});

test("what does not look like a line of the log is unreadable, and takes nothing with it", () => {
  const [first = ""] = TEXTS.map((text, index) => line(index, frame(text, index)));
  const bad = [
    first.replace(" in ", " up "),
    first.slice(0, -1),
    first.replace("2026-01-05", "2026-13-45"),
    first.replace("192.0.2.1", ""),
    `x${first}`,
    `${first} x`,
    first.replace("T08:00:00.000Z", "T8Z"),
  ];
  assert.equal(readPastCalls(bad.join("\n"), "all").unreadableLines, bad.length);
  assert.equal(readPastCalls(` ${first} `, "all").unreadableLines, 0);
});

test("what we sent is no event; a frame cut in two is joined, while whole ones come between", () => {
  const [first, second, ...rest] = TEXTS.map((text, index) => frame(text, index));
  assert.ok(first !== undefined && second !== undefined);
  const out = line(0, first).replace(" in ", " out ");
  assert.deepEqual(readPastCalls(out, "all").calls, []);
  const lines = [
    line(0, first),
    line(1, second.subarray(0, 20)),
    line(1, frame("<nonsense>", 9)),
    line(1, second.subarray(20, 50)),
    line(1, second.subarray(50)),
    ...rest.map((bytes) => line(2, bytes)),
  ];
  const [call] = readPastCalls(lines.join("\n"), "all").calls;
  assert.deepEqual(
    call?.steps.map(({ kind }) => kind),
    ["ringing", "talking"],
  );
});

test("noise between the pieces of a frame costs that frame alone", () => {
  const [first, second, third, fourth] = TEXTS.map((text, index) => frame(text, index));
  assert.ok(first !== undefined && second !== undefined);
  assert.ok(third !== undefined && fourth !== undefined);
  const lines = [
    line(0, first.subarray(0, 40)),
    line(1, Buffer.alloc(300, 0xff)),
    line(1, first),
    line(2, second),
    line(3, third),
    line(4, fourth),
  ];
  const { calls } = readPastCalls(lines.join("\n"), "all");
  assert.deepEqual(
    calls.map(({ steps }) => steps.map(({ kind }) => kind)),
    [["ringing", "talking"]],
  );
});

test("agents are those that were asked for", () => {
  const lines = TEXTS.map((text, index) => line(index * 2, frame(text, index))).join("\n");
  const agentsOf = (agents: "all" | readonly string[]): unknown[] =>
    readPastCalls(lines, agents).calls[0]?.steps.flatMap((step) => step.agents) ?? [];
  assert.equal(agentsOf("all").length > 0, true);
  assert.deepEqual(agentsOf(["2009"]), []);
});
