// Proves R21, R22: a pause is of one part; who takes over is recorded.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/during-transfer",
  title: "Alice transfers while her recording is paused: Bob's part is not paused",
  proves: ["R21", "R22"],
  async story({ caller, agent, supervisor, talk }) {
    const bob = agent("2002");
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await supervisor.pauses(alice);
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.transfersBlindTo("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { outcome: "ok", part: 2, extension: "2002", voices: ["+4930123456", "2002"] },
    ],
  },
});
