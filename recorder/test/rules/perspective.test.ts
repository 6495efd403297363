// Whose call it is: design.md §5 "Agents, perspective, parts", devlink3.md §9.3 and §10.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentSet, type AgentSet } from "../../src/calls/agents.ts";
import { CallModel, type ModelCall } from "../../src/calls/call-model.ts";
import type { Delta3Record, Party } from "../../src/devlink3/delta3-record.ts";
import { isRecorderLeg, perspectiveOf } from "../../src/rules/perspective.ts";
import {
  cleared,
  conference,
  detail,
  END_2001,
  END_2002,
  held,
  leg,
  lost,
  NODE,
  parkSlot,
  party,
  phone,
  ringing,
  talking,
  trunk,
  TRUNK_END,
} from "../association/records.ts";

const ALL = agentSet("all");

/** Call 31 after the records, one a second. */
function callAfter(...records: readonly Delta3Record[]): ModelCall {
  const model = new CallModel();
  let call: ModelCall | null = null;
  for (const [index, record] of records.entries()) {
    model.apply(record, { nowMs: index * 1_000, wallMs: 1_700_000_000_000 });
    call ??= model.calls()[0] ?? null;
  }
  assert.ok(call !== null);
  return call;
}

/** In words: kind, and who. */
function seen(
  call: ModelCall,
  current: { readonly endId: string; readonly extension: string } | null = null,
  agents: AgentSet = ALL,
): string {
  const perspective = perspectiveOf(call, current, { agents, isOurStream: (id) => id === "ours" });
  switch (perspective.kind) {
    case "stays":
    case "nobody":
      return perspective.kind;
    case "blocked":
      return `blocked ${perspective.block} ${perspective.party?.identity ?? "nobody"}`;
    default:
      return `${perspective.kind} ${perspective.party.identity}`;
  }
}

const AT_2001 = { endId: END_2001, extension: "2001" };
const PRIVACY = 0x01;
const CONSENT_REFUSED = 0x20;

const internal = (left: Partial<Party>, right: Partial<Party>) =>
  detail({
    a: phone("2001", { direction: 1, ...left }),
    b: phone("2002", right),
  });

const FIRST_AGENT: readonly (readonly [string, Delta3Record[], string])[] = [
  ["an incoming call that rings is nobody's yet", [ringing()], "nobody"],
  ["who answers is the first agent", [ringing(), talking()], "agent 2001"],
  [
    "between two agents who connect at once, the lower end id wins",
    [internal({}, {})],
    "agent 2001",
  ],
  [
    "a tie does not depend on which party is printed first",
    [detail({ a: phone("2002", { direction: 1 }), b: phone("2001") })],
    "agent 2001",
  ],
  [
    "who was connected earlier wins over a lower end id",
    [
      detail({ a: phone("2002", { direction: 1 }), b: phone("2001", { state: 1 }) }),
      detail({ a: phone("2002", { direction: 1 }), b: phone("2001") }),
    ],
    "agent 2002",
  ],
  ["one connected party is no talk", [detail({ a: phone("2001", { direction: 1 }) })], "nobody"],
  ["a phone without an identity is no agent", [detail({ b: phone("") })], "nobody"],
  ["a trunk to trunk call has no agent", [detail({ b: trunk({ endId: END_2001 }) })], "nobody"],
  ["a phone on another node is that node's agent", [talking("2001", { isRemote: true })], "nobody"],
  ["voicemail is no agent", [talking("2001", { equipmentClass: 12 })], "nobody"],
  ["a park slot is no agent", [detail({ b: parkSlot({ identity: "620" }) })], "nobody"],
  ["an agent in a conference is one", [detail({ a: phone(), b: conference("c") })], "agent 2001"],
  [
    "an agent alone after the other party has gone is not recorded",
    [talking(), lost(TRUNK_END)],
    "nobody",
  ],
  ["a call that is over is nobody's", [talking(), ...cleared()], "nobody"],
];

for (const [name, records, expected] of FIRST_AGENT) {
  test(`R1: ${name}`, () => {
    assert.equal(seen(callAfter(...records)), expected);
  });
}

const GOING_ON: readonly (readonly [string, Delta3Record[], string])[] = [
  ["R22: hold keeps the part", [talking(), held()], "stays"],
  [
    "R22: another agent who joins changes nothing while the first is on",
    [internal({ endId: END_2002 }, { endId: END_2001 })],
    "stays",
  ],
  [
    "R22: a blind transfer leaves nobody while it rings",
    [talking(), lost(END_2001, 126), ringing("2002")],
    "nobody",
  ],
  [
    "R22: the next agent after a blind transfer (Q5)",
    [talking(), lost(END_2001, 126), ringing("2002"), talking("2002")],
    "agent 2002",
  ],
  ["R22: the next agent at once (Q4)", [talking(), talking("2002")], "agent 2002"],
  [
    "R22: park keeps the part when the agent's end goes (Q7)",
    [talking(), lost(END_2001, 117)],
    "stays",
  ],
  [
    "R22: park keeps the part while the caller is in the slot (Q7)",
    [talking(), detail({ b: parkSlot() })],
    "stays",
  ],
  [
    "R22: who unparks it is the next agent (Q7)",
    [talking(), lost(END_2001, 117), detail({ b: parkSlot() }), talking("2002")],
    "agent 2002",
  ],
  [
    "R22: unparked by the same extension, the agent returns",
    [
      talking(),
      lost(END_2001, 117),
      detail({ b: parkSlot() }),
      talking("2001", { endId: `${NODE}00000411` }),
    ],
    "returns 2001",
  ],
  [
    "R22: the slot's end may go first when the same extension unparks it",
    [
      talking(),
      lost(END_2001, 117),
      detail({ b: parkSlot() }),
      lost(`${NODE}00000410`, 118),
      talking("2001", { endId: `${NODE}00000411` }),
    ],
    "returns 2001",
  ],
  [
    "R22: the same extension by another end without a park is the next part",
    [talking(), talking("2001", { endId: `${NODE}00000411` })],
    "agent 2001",
  ],
  [
    "R22: the caller gives up while parked",
    [talking(), lost(END_2001, 117), lost(TRUNK_END)],
    "nobody",
  ],
];

for (const [name, records, expected] of GOING_ON) {
  test(name, () => {
    assert.equal(seen(callAfter(...records), AT_2001), expected);
  });
}

test("R22: a call that is parked without a part is nobody's", () => {
  assert.equal(seen(callAfter(talking(), detail({ b: parkSlot() }))), "nobody");
});

const BLOCKED: readonly (readonly [string, Delta3Record[], string])[] = [
  ["privacy of the agent", [talking("2001", { flags: PRIVACY })], "blocked privacy 2001"],
  [
    "privacy of the other party",
    [detail({ a: trunk({ flags: PRIVACY }), b: phone() })],
    "blocked privacy 2001",
  ],
  [
    "refused consent",
    [detail({ a: trunk({ flags: CONSENT_REFUSED }), b: phone() })],
    "blocked consent 2001",
  ],
  [
    "privacy counts before consent",
    [talking("2001", { flags: PRIVACY | CONSENT_REFUSED })],
    "blocked privacy 2001",
  ],
  [
    "a ringing call with the flag blocks nobody yet",
    [detail({ a: trunk({ state: 19, flags: PRIVACY }) })],
    "blocked privacy nobody",
  ],
  [
    "the flag of a party that has left counts no more",
    [
      detail({ a: trunk({ flags: PRIVACY }), b: phone() }),
      detail({ a: phone("2002", { direction: 1 }), b: phone() }),
    ],
    "agent 2001",
  ],
  [
    "a consent question that was answered does not block",
    [talking("2001", { flags: 0x10 })],
    "agent 2001",
  ],
  [
    "Voicemail Pro's own recording does not block (§9.3)",
    [talking("2001", { flags: 0x04 })],
    "agent 2001",
  ],
];

for (const [name, records, expected] of BLOCKED) {
  test(`privacy and consent: ${name}`, () => {
    assert.equal(seen(callAfter(...records)), expected);
  });
}

test("a flag in mid-call blocks the part that goes on", () => {
  const call = callAfter(talking(), talking("2001", { flags: CONSENT_REFUSED }));
  assert.equal(seen(call, AT_2001), "blocked consent 2001");
});

test("recorder legs are never recorded (devlink3.md §9.3)", () => {
  assert.equal(seen(callAfter(leg("77aa@192.168.10.1"))), "nobody");
  const conferenceRecorder = detail({ b: party({ endId: "x", equipmentClass: 26 }), a: phone() });
  assert.equal(seen(callAfter(conferenceRecorder)), "nobody");
  const sipParty = party({ endId: "x", equipmentClass: 5, targetNumber: "ours" });
  const toUs = callAfter(detail({ a: phone(), b: sipParty }));
  assert.equal(seen(toUs), "nobody");
  assert.ok(isRecorderLeg(toUs, (id) => id === "ours"));
  assert.ok(!isRecorderLeg(toUs, () => false));
});

const USERS = new Map([
  ["2001", { names: ["Alice Smith"], groups: ["Sales"] }],
  ["2002", { names: ["Bob"], groups: ["Support"] }],
]);

const SELECTED: readonly (readonly [string, readonly string[], string])[] = [
  ["by extension", ["2002"], "agent 2002"],
  ["by name, whatever its case", ["bob"], "agent 2002"],
  ["by group", ["Support"], "agent 2002"],
  ["both, so the first", ["2002", "Alice Smith"], "agent 2001"],
  ["nobody on this call", ["2003"], "nobody"],
  ["an empty list", [], "nobody"],
];

for (const [name, agents, expected] of SELECTED) {
  test(`R1: configured agents: ${name}`, () => {
    assert.equal(seen(callAfter(internal({}, {})), null, agentSet(agents, USERS)), expected);
  });
}
