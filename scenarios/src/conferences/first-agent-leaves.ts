// Proves R22: who records the conference leaves it: the next agent does.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "conferences/first-agent-leaves",
  title: "Alice leaves the conference, and Bob talks on with the caller: a third part",
  proves: ["R22"],
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
    await alice.hangsUp();
    await bob.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2001", linkedTo: 0 },
      {
        outcome: "ok",
        part: 2,
        extension: "2001",
        voices: ["+4930123456", "2001", "2002"],
        linkedTo: 1,
      },
      {
        outcome: "ok",
        part: 3,
        extension: "2002",
        voices: ["+4930123456", "2002"],
        linkedTo: 1,
        gapAtMostMs: 2_000,
      },
    ],
  },
});
