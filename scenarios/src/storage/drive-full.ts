// Proves R6: when a drive is full, the next one takes the recording.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/drive-full",
  title: "The first drive of the pool is full: the second one is used",
  proves: ["R6"],
  ownFileSystems: true,
  // They are small: nothing of them is kept free.
  recorder: { live: { watermark: 0 } },
  drives: 2,
  async story({ caller, agent, talk, world, recorder }) {
    world.driveSpace(0, 2_000);
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 30, liveSeconds: 2 });
    await alice.hangsUp();
    await recorder.hasStored(1);
  },
  expects: { recordings: [{ outcome: "ok", part: 1, drive: 1 }] },
});
