// Proves R1: who picks the call up is its agent, in whatever way it was picked up.
import { scenario } from "../language/index.ts";

/** What rings, and from where Dave takes it. */
const KINDS = {
  extension: { rings: "Alice", from: "Alice" },
  group: { rings: "Sales", from: "Sales" },
  member: { rings: "Alice", from: "Sales" },
  anywhere: { rings: "Alice", from: undefined },
} as const;

export default scenario({
  name: "pickup/each-kind",
  title: "Dave picks up from an extension, a group, a group's member, or whatever rings",
  proves: ["R1"],
  matrix: { kind: ["extension", "group", "member", "anywhere"] },
  async story({ caller, agent, talk }, { kind }) {
    const { rings, from } = KINDS[kind];
    const outside = caller();
    const dave = agent("Dave");
    await outside.calls(rings);
    await dave.picksUp(from);
    await dave.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2004", voices: ["+4930123456", "2004"] }],
  },
});
