// Proves R4: durations are measured by a clock that nobody sets.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "clock/recorder-clock-stepped",
  title: "The recorder's wall clock is set by hours in mid-call, forth and back",
  proves: ["R4"],
  modes: ["virtual"],
  notElsewhere: "the machine's clock is not the testbed's to set",
  async story({ caller, agent, talk, world }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5 });
    world.stepsClock(2 * 3_600_000);
    await talk({ seconds: 5 });
    world.stepsClock(-3 * 3_600_000);
    await talk({ seconds: 5 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
