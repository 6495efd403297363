// Proves R1, R22: the wish of any member of a conference counts for all.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "privacy/in-a-conference",
  title: "Bob, in a conference with Alice and the caller, makes his call private",
  proves: ["R1", "R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.consults("2002");
    await bob.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.confers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await bob.isPrivate(true);
    await alice.isNoLongerRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2001", linkedTo: 0 },
    ],
    failedParts: ["privacy"],
  },
});
