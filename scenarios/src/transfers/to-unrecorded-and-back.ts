// Proves R22, R1: what is said with somebody who is no agent is not recorded, and the gap is told.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "transfers/to-unrecorded-and-back",
  title: "A transfer to an extension that is not recorded, and back: two parts and a gap",
  proves: ["R22", "R1"],
  recorder: { recorder: { agents: ["2001", "Bob", "2003"] } },
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.transfersBlindTo("2004");
    const dave = agent("2004");
    await dave.answers();
    await alice.isNoLongerRecorded();
    await talk({ seconds: 20, liveSeconds: 2 });
    await dave.transfersBlindTo("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 2, extension: "2002", voices: ["+4930123456", "2002"], linkedTo: 1 },
    ],
  },
});
