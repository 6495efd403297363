// Proves R6: a power cut while a recording is being stored loses nothing and doubles nothing.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/power-loss-while-storing",
  title: "The power fails while the recording is compressed",
  proves: ["R6"],
  modes: ["virtual"],
  notElsewhere: "a real power cut cannot be had on one machine",
  async story({ caller, agent, talk, recorder, until, pbx }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 30 });
    await alice.hangsUp();
    await until("the recording leg has ended", () =>
      pbx.truth.conversations.every(({ legs }) => legs.every(({ endedMs }) => endedMs !== null)),
    );
    await talk({ seconds: 0.05 });
    await recorder.crashes("power");
    await recorder.restarts();
    await recorder.hasStored(1);
  },
  expects: { recordings: [{ part: 1 }], allowsLoss: true },
});
