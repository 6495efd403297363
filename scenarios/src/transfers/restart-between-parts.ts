// Proves R22: a part that was complete when the recorder was killed counts: the next one has the
// next number, the same callKey, and the gap between the two.
import { scenario } from "../language/index.ts";

const CALLER = "+4930123456";

export default scenario({
  name: "transfers/restart-between-parts",
  title: "The recorder is killed and started again while a transferred call rings",
  proves: ["R22"],
  async story({ caller, agent, talk, recorder }) {
    const outside = caller(CALLER);
    const alice = agent("2001");
    const bob = agent("2002");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.transfersBlindTo("2002");
    await recorder.hasFinished(1);
    await recorder.crashes();
    await recorder.restarts();
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: [CALLER, "2001"], linkedTo: 0 },
      {
        ...{ outcome: "ok", part: 2, extension: "2002", voices: [CALLER, "2002"] },
        ...{ linkedTo: 1, gapAtMostMs: 60_000 },
      },
    ],
  },
});
