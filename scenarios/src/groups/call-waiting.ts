// Proves R1, R22: with call waiting a group's call rings at who talks already; both calls are hers.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "groups/call-waiting",
  title: "Alice talks; the group's next call rings at her phone, too, and she takes it",
  proves: ["R1", "R22"],
  site: { groups: [{ number: "300", members: ["2001"], ring: "collective-call-waiting" }] },
  async story({ caller, agent, talk }) {
    const [first, second] = [caller("+4930111"), caller("+4930222")];
    const alice = agent("Alice");
    await first.calls("300");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await second.calls("300");
    await alice.answers();
    await talk({ seconds: 5, liveSeconds: 2 });
    await alice.hangsUp();
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await first.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930111", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930222", "2001"], linkedTo: 0 },
    ],
  },
});
