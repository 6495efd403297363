// Proves R6: when all drives are full, recordings stay, an alarm is raised, and all is stored when
// space returns.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/all-drives-full",
  title: "Both drives are full; later there is room again",
  proves: ["R6"],
  fieldFault: "redrive-failed",
  ownFileSystems: true,
  // They are small: nothing of them is kept free.
  recorder: { live: { watermark: 0 } },
  drives: 2,
  async story({ caller, agent, talk, world, recorder }) {
    world.driveSpace(0, 2_000);
    world.driveSpace(1, 2_000);
    const outside = caller();
    const alice = agent("2001");
    for (const seconds of [10, 20]) {
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds, liveSeconds: 2 });
      await alice.hangsUp();
      await recorder.hasLogged("POOL_FULL");
    }
    await recorder.hasLogged("SPACE_LOW");
    world.healsDrive(1);
    await recorder.hasStored(2);
  },
  expects: {
    recordings: [
      { outcome: "ok", drive: 1 },
      { outcome: "ok", drive: 1 },
    ],
  },
});
