// Proves R13: a rule may go by the tag that the IP Office puts on calls of a line.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/trunk-tag",
  title: "Calls of the line tagged Claims are kept, those of the other line are discarded",
  proves: ["R13"],
  site: {
    trunks: [
      { name: "A", kind: "isdn", line: 5, channels: 2, ddi: { "5550100": "2001" } },
      { name: "B", kind: "sip", line: 17, channels: 2, tag: "Claims", ddi: { "5550200": "2002" } },
    ],
  },
  recorder: {
    rules: [{ title: "Claims", kind: "advanced-event", match: { tags: ["Claims"] } }],
  },
  async story({ caller, agent, talk }) {
    const [alice, bob] = [agent("Alice"), agent("Bob")];
    await caller("+4930111").calls("5550100");
    await alice.answers();
    await alice.isBeingRecorded();
    await caller("+4930222").calls("5550200");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.hangsUp();
    await bob.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2002", rule: "Claims" }],
    discards: [null],
  },
});
