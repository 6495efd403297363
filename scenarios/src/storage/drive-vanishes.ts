// Proves R6: a drive that vanishes is passed over; what was on it is not stored again.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/drive-vanishes",
  title: "The first drive is gone while recordings come, and comes back after a restart",
  proves: ["R6"],
  modes: ["virtual"],
  notElsewhere: "taking a file system away needs a mount of its own",
  drives: 2,
  async story({ caller, agent, talk, surroundings, recorder }) {
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
    surroundings.losesDrive(0);
    await call();
    await recorder.hasStored(2);
    await recorder.crashes();
    await recorder.restarts();
    await recorder.hasLogged("DRIVE_FAILED");
    await call();
    surroundings.healsDrive(0);
    await recorder.isIdle();
  },
  expects: { recordings: [{ drive: 0 }, { drive: 1 }, { outcome: "ok" }] },
});
