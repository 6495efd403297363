// Proves R6: wherever in its work the power fails while a recording is stored, it is stored once.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/power-fails-at-a-disk-call",
  title: "The power fails at one of the disk calls by which a recording is stored",
  proves: ["R6"],
  modes: ["virtual"],
  notElsewhere: "a real power cut cannot be had on one machine",
  matrix: { call: [30, 42, 54, 58, 59, 60, 61, 62] },
  async story({ caller, agent, talk, recorder, world, until }, { call }) {
    const alice = agent("2001");
    await caller().calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    // Longer ago than the sync of the live pair: only storing is at stake.
    await talk({ seconds: 14 });
    world.crashesAtDiskCall({ call, side: "after" }, "power");
    await alice.hangsUp();
    await until("the power fails, or all is stored", () => !recorder.isUp(), 5).catch(() => {});
    world.heals();
    if (!recorder.isUp()) await recorder.restarts();
    await recorder.hasStored(1);
  },
  expects: { recordings: [{ part: 1 }], allowsLoss: true },
});
