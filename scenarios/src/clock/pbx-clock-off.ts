// Proves R4, R7: the clocks of IP Office and recorder need not agree.
import { scenario } from "../language/index.ts";

const HOURS_OFF = { ahead: 49, behind: -3 } as const;

export default scenario({
  name: "clock/pbx-clock-off",
  title: "The IP Office's clock is wrong by hours: in records and in sender reports",
  proves: ["R4", "R7"],
  matrix: { way: ["ahead", "behind"] },
  async story({ caller, agent, talk, oddities }, { way }) {
    oddities.devlink3.clockOffMs = HOURS_OFF[way] * 3_600_000;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 15, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001", rung: 1 }] },
});
