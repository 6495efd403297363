// Q6, Q10: calls in which the same people hear each other, and who of them was there first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentSet } from "../../src/calls/agents.ts";
import { companionsOf, isAlone, isEarlierIn, isInConference } from "../../src/calls/companions.ts";
import { attachedParties, type ModelCall } from "../../src/calls/model-call.ts";
import { recordOf, records, Story } from "./story.ts";

const ALL = agentSet("all");

function find(story: Story, deviceCallId: string): ModelCall {
  return story.model.find(deviceCallId) ?? assert.fail(`no call ${deviceCallId}`);
}

/** Trunk, 2001 and 2002 in one conference, who came 1 s after the other. */
function conference(): Story {
  const story = new Story();
  story.tell(records("Q6").slice(0, 3), 1_000);
  return story;
}

function isEarlier(story: Story, there: string, here: string, agents = ALL): boolean {
  const call = find(story, here);
  const party = attachedParties(call).find(({ identity }) => /^[23]00\d$/.test(identity));
  assert.ok(party !== undefined);
  return isEarlierIn(find(story, there), { call, party, agents });
}

test("Q6 members of one conference are companions, other calls are not", () => {
  const story = conference();
  story.tell(records("Q2"));
  const ids = companionsOf(find(story, "c0a80a01-31")).map(({ callId }) => callId);
  assert.deepEqual(ids, [34, 35]);
  assert.ok(isInConference(find(story, "c0a80a01-34")));
  assert.ok(!isInConference(find(story, "c0a80a01-32")));
  assert.deepEqual(companionsOf(find(story, "c0a80a01-32")), []);
});

test("Q6 of two agents in a conference the one who was connected first is the earlier", () => {
  const story = conference();
  assert.equal(isEarlier(story, "c0a80a01-34", "c0a80a01-35"), true);
  assert.equal(isEarlier(story, "c0a80a01-35", "c0a80a01-34"), false);
});

test("of agents connected at the same time the lower end identifier is the earlier", () => {
  const story = new Story();
  story.tell(records("Q6").slice(0, 3));
  assert.equal(isEarlier(story, "c0a80a01-34", "c0a80a01-35"), true);
  assert.equal(isEarlier(story, "c0a80a01-35", "c0a80a01-34"), false);
});

test("who is no agent, or not connected, is never the earlier", () => {
  assert.equal(isEarlier(conference(), "c0a80a01-34", "c0a80a01-35", agentSet(["2002"])), false);
  assert.equal(isEarlier(conference(), "c0a80a01-31", "c0a80a01-35"), false, "a trunk");
  const gone = conference();
  gone.tell([recordOf("<CallLost>c0a80a01,c0a80a01000003f5,1,126</CallLost>")]);
  assert.equal(isEarlier(gone, "c0a80a01-34", "c0a80a01-35"), false);
});

test("Q10 two nodes' views of one call are companions, and the agent is earlier there", () => {
  const story = new Story();
  story.tell(records("Q10").slice(0, 2), 1_000);
  const [here, there] = [find(story, "c0a80a01-38"), find(story, "c0a81401-12")];
  assert.deepEqual(companionsOf(here), [there]);
  assert.deepEqual(companionsOf(there), [here]);
  assert.equal(isInConference(here), false);
  assert.equal(isAlone(here), false, "alone is who is in a conference");
});

test("alone in a conference is who is there before or after all others", () => {
  const story = new Story();
  story.tell(records("Q6").slice(0, 1));
  assert.equal(isAlone(find(story, "c0a80a01-31")), true);
  story.tell(records("Q6").slice(1, 2));
  assert.equal(isAlone(find(story, "c0a80a01-31")), false);
  story.tell([
    recordOf("<CallLost>c0a80a01,c0a80a01000003f5,1,16</CallLost>"),
    recordOf("<CallLost>c0a80a01,c0a80a0100000407,0,16</CallLost>"),
  ]);
  assert.equal(isAlone(find(story, "c0a80a01-31")), true);
});
