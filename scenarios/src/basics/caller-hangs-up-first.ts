// Proves R1, R6: it makes no difference who ends the call.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "basics/caller-hangs-up-first",
  title: "The caller hangs up first",
  proves: ["R1", "R6"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 12, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
