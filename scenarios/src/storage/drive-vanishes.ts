// Proves R6: a drive that vanishes is passed over; what was on it is not stored again.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/drive-vanishes",
  title: "The first drive is gone while recordings come, and comes back after a restart",
  proves: ["R6"],
  modes: ["virtual"],
  notElsewhere: "taking a file system away needs a mount of its own",
  drives: 2,
  async story({ caller, agent, talk, world, recorder }) {
    const outside = caller();
    const alice = agent("2001");
    const call = async (): Promise<void> => {
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 12 });
      await alice.hangsUp();
    };
    await call();
    await recorder.hasStored(1);
    world.losesDrive(0);
    await call();
    await recorder.isIdle();
    await recorder.crashes();
    await recorder.restarts();
    await recorder.hasLogged("DRIVE_FAILED");
    await talk({ seconds: 10 });
    await call();
    world.healsDrive(0);
    await recorder.isIdle();
    // A commit that the drive's end cut short may be there twice until it is looked at again.
    await talk({ seconds: 90 });
  },
  expects: { recordings: [{ outcome: "ok" }, { drive: 1 }, { outcome: "ok" }] },
});
