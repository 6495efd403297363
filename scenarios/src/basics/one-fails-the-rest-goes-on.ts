// Proves R3, R4: what goes wrong with one call, in whatever way, ends no other one.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "basics/one-fails-the-rest-goes-on",
  title:
    "While Alice talks, Bob's offer is refused, Carol is silent, and Dave's INVITE never comes",
  proves: ["R3", "R4"],
  fieldFault: "one-failure-ends-all",
  async story({ caller, agent, talk, oddities }) {
    const [alice, bob, carol, dave] = [agent("Alice"), agent("Bob"), agent("Carol"), agent("Dave")];
    await caller("+4930111").calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    oddities.sip.otherCodecs = "only";
    await caller("+4930222").calls("Bob");
    await bob.answers();
    await talk({ seconds: 3, liveSeconds: 1 });
    oddities.sip.otherCodecs = "none";
    oddities.sip.noAudio = true;
    await caller("+4930333").calls("Carol");
    await carol.answers();
    await carol.isBeingRecorded();
    oddities.sip.noAudio = false;
    oddities.sip.inviteNever = true;
    await caller("+4930444").calls("Dave");
    await dave.answers();
    await talk({ seconds: 15, liveSeconds: 12 });
    for (const each of [bob, carol, dave, alice]) await each.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930111", "2001"] },
      { outcome: "failed", why: "no-media", extension: "2003" },
    ],
    failedParts: ["sip-refused", "no-invite"],
  },
});
