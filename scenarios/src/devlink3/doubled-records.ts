// Proves R7, R10: a record is a snapshot: applied twice, it changes nothing.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/doubled-records",
  title: "Every Delta3 record arrives twice",
  proves: ["R7", "R10"],
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.doubleRecords = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001", rung: 1 }] },
});
