// Proves R22, R8: a conference is heard once, with all its voices.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "conferences/three-parties",
  title: "Alice joins the caller and Bob: the conference is the second part of the conversation",
  proves: ["R22", "R8"],
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
    await outside.hangsUp();
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2001", voices: ["2001", "2002"], linkedTo: 0 },
      {
        outcome: "ok",
        part: 2,
        extension: "2001",
        voices: ["+4930123456", "2001", "2002"],
        linkedTo: 1,
        gapAtMostMs: 20_000,
      },
    ],
  },
});
