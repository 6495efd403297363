// Proves R1–R4, R6–R8: a call comes in, is answered and recorded, ends, and goes into the pool.
// Live it is the standalone recorder that does so (T4), in each suite of CI (T2).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "basics/one-call",
  title: "A caller reaches an agent, they talk, the agent hangs up",
  proves: ["R1", "R2", "R3", "R4", "R6", "R7", "R8", "R15", "R20", "T1", "T2", "T4"],
  smoke: true,
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 180, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001", rung: 1 }] },
});
