// Rules on whole stories: parts begin and stop by them, recordings are kept or discarded, and the
// Recording Monitor says why (R13, R14; design.md §5, "Record From Beginning").
import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesOf } from "../rules/steps.ts";
import {
  cleared,
  detail,
  END_2001,
  END_2002,
  held,
  lost,
  phone,
  ringing,
  talking,
  trunk,
} from "./records.ts";
import { FactsWorld } from "./world.ts";

const agent = (extension: string, record = true): object => ({
  title: `${record ? "" : "not "}${extension}`,
  kind: "agent",
  record,
  match: { agents: [extension] },
});
const OFF = { recordFromBeginning: false };

function world(rules: readonly object[], set: { readonly recordFromBeginning?: boolean } = {}) {
  const made = new FactsWorld(set);
  made.rules = rulesOf(...rules);
  made.service.start();
  made.link.comeUp();
  return made;
}

/** Call 31 goes on with 2002. */
function transferred(made: FactsWorld): void {
  made.link.tell(lost(END_2001, 126), talking("2002"));
}

function active(recordingKey: string) {
  return { recordingKey, liveStreamId: null, isPaused: false, beganTimeMs: 0, association: null };
}

test("R13: on, no match: recorded from its answer, discarded at the call's end", () => {
  const made = world([agent("2002")]);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  made.link.tell(...cleared());
  made.end("r1");
  made.advance(1_000);
  assert.deepEqual(made.told.verdicts.get("r1"), { keep: false, why: "rule", rule: null });
  const row = made.told.rows[0] ?? {};
  assert.deepEqual([row["wanted"], row["rule"], row["ruleDecision"]], [false, null, "none"]);
});

test("R13: on, the rule of the second agent keeps the first part too, which waits for it", () => {
  const made = world([agent("2002")]);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  made.advance(5_000);
  transferred(made);
  made.end("r1");
  assert.deepEqual(made.told.verdicts.get("r1"), { keep: true, why: null, rule: "2002" });
  assert.ok(made.told.lines.includes("r1 meets 2002 at talking"));
});

test("R13: on, undecided while the call goes on, and longer than a match is tried", () => {
  const made = world([agent("2009")]);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  transferred(made);
  made.end("r1");
  made.advance(60_000);
  assert.equal(made.told.verdicts.get("r1"), undefined);
  assert.equal(made.told.lines.filter((line) => line === "r1 undecided").length, 1);
  made.link.tell(...cleared(END_2002));
  assert.equal(made.told.verdicts.get("r1")?.keep, false);
  assert.ok(made.told.eventTexts("r1").length > 0, "events were told while they were known");
});

test("R13: on, link lost: kept, rules unproven; a positive match needs no proof", () => {
  for (const [extension, why] of [
    ["2009", "rules-unproven"],
    ["2001", null],
  ] as const) {
    const made = world([agent(extension)]);
    made.link.tell(ringing(), talking());
    made.recordWith("r1");
    made.link.goDown();
    made.link.comeUp([talking()]);
    made.link.tell(...cleared());
    made.end("r1");
    assert.deepEqual(
      [made.told.verdicts.get("r1")?.keep, made.told.verdicts.get("r1")?.why],
      [true, why],
    );
    assert.equal(made.told.rows[0]?.["wanted"], true);
    assert.equal(made.told.rows[0]["ruleDecision"], why === null ? "positive" : "unproven");
  }
});

test("R13: on, the link is down at the end: kept", () => {
  const made = world([agent("2009")]);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  made.link.goDown();
  made.end("r1");
  assert.equal(made.told.verdicts.get("r1")?.why, "rules-unproven");
});

test("R13: on, a call that was up before the link: its past is unknown", () => {
  const made = new FactsWorld();
  made.rules = rulesOf(agent("2009"));
  made.service.start();
  made.link.comeUp([talking()]);
  made.recordWith("r1");
  made.link.tell(...cleared());
  made.end("r1");
  assert.equal(made.told.verdicts.get("r1")?.why, "rules-unproven");
});

test("an orphan: rules cannot speak of it; without rules Record From Beginning decides", () => {
  const verdicts = [true, false].flatMap((recordFromBeginning) =>
    [[agent("2001")], []].map((rules) => {
      const made = world(rules, { recordFromBeginning });
      made.invite("r1", { requestUser: "nobody" });
      made.end("r1");
      made.advance(30_000);
      const verdict = made.told.verdicts.get("r1");
      return `${String(verdict?.keep)} ${String(verdict?.why)}`;
    }),
  );
  assert.deepEqual(verdicts, [
    "true rules-unproven",
    "true null",
    "true rules-unproven",
    "false rule",
  ]);
});

test("R14: off: nothing is asked for before the first match", () => {
  const made = world([agent("2002")], OFF);
  made.link.tell(ringing(), talking());
  assert.deepEqual(made.control.starts, []);
  transferred(made);
  assert.equal(made.control.starts.length, 1);
  made.recordWith("r1");
  made.link.tell(...cleared(END_2002));
  made.end("r1");
  assert.deepEqual(made.told.verdicts.get("r1"), { keep: true, why: null, rule: "2002" });
  assert.deepEqual([made.lastParts().length, made.told.rows[0]?.["rule"]], [1, "2002"]);
});

test("R14: off, a later negative match stops at once and discards, also the part before", () => {
  const made = world([agent("2001"), agent("2002", false)], OFF);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  transferred(made);
  assert.ok(made.told.lines.includes("r1 is refused by not 2002 at talking"));
  made.end("r1");
  assert.deepEqual(made.told.verdicts.get("r1"), { keep: false, why: "rule", rule: "not 2002" });
  assert.equal(made.control.starts.length, 1, "2002 is not recorded");
  made.link.tell(...cleared(END_2002));
  assert.deepEqual([made.told.rows[0]?.["wanted"], made.told.failures], [false, []]);
});

test("R14: off, refused in mid-part: STOP and BYE at once; before the INVITE no failure", () => {
  const rules = [
    agent("2001"),
    { title: "held", kind: "advanced-event", record: false, match: { events: ["held"] } },
  ];
  const made = world(rules, OFF);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  made.link.tell(held());
  assert.equal(made.control.stops.length, 1);
  assert.ok(made.told.lines.includes("r1 stop"));

  const early = world(rules, OFF);
  early.link.tell(ringing(), talking(), held());
  early.link.tell(...cleared());
  assert.deepEqual(early.lastParts()[0]?.["outcome"], "discarded");
  assert.deepEqual(early.service.monitor([]).failed, []);
});

test("an event that lasts matches when it has lasted long enough, without further news", () => {
  const long = {
    title: "long",
    kind: "advanced-event",
    match: { events: ["talking"], atLeastSeconds: 60 },
  };
  const made = world([long], OFF);
  made.link.tell(ringing(), talking());
  made.advance(59_999);
  assert.equal(made.control.starts.length, 0);
  made.advance(1);
  assert.equal(made.control.starts.length, 1);
});

test("a rule that comes in mid-event waits for the rest of its time, without further news", () => {
  const made = world([agent("2009")], OFF);
  made.link.tell(ringing(), talking());
  made.advance(20_000);
  made.rules = rulesOf({
    ...{ title: "long", kind: "advanced-event" },
    match: { events: ["talking"], atLeastSeconds: 60 },
  });
  made.service.rulesChanged();
  made.advance(39_999);
  assert.equal(made.control.starts.length, 0);
  made.advance(1);
  assert.equal(made.control.starts.length, 1);
});

test("other rules judge calls that go on from their beginning; matches of old ones are gone", () => {
  const made = world([agent("2009")], OFF);
  made.link.tell(ringing(), talking());
  made.rules = rulesOf({ title: "rang", kind: "advanced-event", match: { events: ["ringing"] } });
  made.service.rulesChanged();
  assert.equal(made.control.starts.length, 1);
  made.recordWith("r1");
  made.rules = rulesOf(agent("2009"));
  made.service.rulesChanged();
  made.link.tell(...cleared());
  made.end("r1");
  assert.equal(made.told.verdicts.get("r1")?.keep, true, "what a match has begun is kept");
});

test("the recorder stops in mid-call: kept, and unproven unless a rule wants it already", () => {
  for (const [extension, why] of [
    ["2009", "rules-unproven"],
    ["2001", null],
  ] as const) {
    const made = world([agent(extension), agent("2003", false)]);
    made.link.tell(ringing(), talking());
    made.recordWith("r1");
    const { keep, why: told } = made.service.verdictAtShutdown("r1");
    assert.deepEqual([keep, told], [true, why]);
  }
  assert.deepEqual(world([]).service.verdictAtShutdown("r9"), { keep: true, why: null });
});

test("the row has what is needed to test rules later", () => {
  const made = world([agent("2001")]);
  made.link.tell(ringing(), talking());
  made.advance(7_000);
  made.link.tell(...cleared());
  const [row] = made.told.rows;
  const events = row?.["events"];
  assert.ok(Array.isArray(events));
  const [rang, talked] = events as Readonly<Record<string, unknown>>[];
  assert.equal(rang?.["kind"], "ringing");
  assert.deepEqual(
    [talked?.["kind"], talked?.["durationMs"], talked?.["direction"], talked?.["dialled"]],
    ["talking", 7_000, "inbound", ["5550100"]],
  );
  assert.deepEqual(talked?.["external"], [{ number: "02079460000", name: "" }]);
  assert.deepEqual(row?.["rules"], [
    {
      title: "2001",
      kind: "agent",
      record: true,
      event: "talking",
      eventId: "c0a80a01-31-2",
      deviceCallId: "c0a80a01-31",
      at: "2023-11-14T22:13:20.000Z",
    },
  ]);
});

test("the monitor: ports keep their number, and say by which rule", () => {
  const made = world([agent("2001"), agent("2002", false)]);
  made.link.tell(ringing(), talking());
  made.recordWith("r1");
  const outgoing = trunk({ endId: "c0a80a0100002330", direction: 0, targetNumber: "0207" });
  const second = phone("2002", { direction: 1 });
  made.link.tell(detail({ callId: 41, a: second, b: outgoing }));
  made.recordWith("r2");
  const { record, dontRecord, other } = made.service.monitor([active("r1"), active("r2")]);
  assert.deepEqual(
    record.map((row) => [row.port, row.callingParty, row.receivingParty, row.reason]),
    [
      [1, "02079460000", "2001", "2001"],
      [2, "2002", "0207", "Will be discarded: not 2002"],
    ],
  );
  assert.deepEqual([dontRecord[0]?.reason, dontRecord[0]?.isOver, other], ["not 2002", false, []]);
  const later = made.service.monitor([active("r2"), active("r9")]).record;
  assert.deepEqual(
    later.map(({ port, recordingKey, reason }) => [port, recordingKey, reason]),
    [
      [1, "r9", "Not tied to a call"],
      [2, "r2", "Will be discarded: not 2002"],
    ],
  );
});

test("the monitor: what was wanted and failed, with its reason and remedy", () => {
  const made = world([agent("2001")]);
  made.link.tell(ringing(), talking());
  made.control.answer();
  made.advance(10_000);
  const [failed] = made.service.monitor([]).failed;
  assert.deepEqual([failed?.why, failed?.extension], ["no-invite", "2001"]);
  assert.match(failed?.reason ?? "", /accepted the request for 2001/);
  const finished = {
    recordingKey: "r7",
    outcome: "failed",
    why: "no-media",
    beganTimeMs: 0,
    durationMs: 0,
    callKey: "k",
    part: 1,
    agent: "Alice",
    extension: "2001",
    parties: ["0207", "2001"],
  } as const;
  made.service.recordingFinished(finished);
  made.service.recordingFinished({ ...finished, outcome: "ok", why: null });
  assert.deepEqual(
    made.service.monitor([]).failed.map(({ why }) => why),
    ["no-media", "no-invite"],
  );
});

test("the monitor: a failure of a call that no rule wanted in the end is none", () => {
  const made = world([agent("2009")]);
  made.link.tell(ringing(), talking());
  made.control.answer();
  made.advance(10_000);
  made.link.tell(...cleared());
  const { failed, other } = made.service.monitor([]);
  assert.deepEqual(
    [failed.length, other[0]?.reason, other[0]?.isOver],
    [0, "No rule matched", true],
  );
});
