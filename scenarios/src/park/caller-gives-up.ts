// Proves R22: a parked call whose caller hangs up has one part.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "park/caller-gives-up",
  title: "The caller hangs up in the park slot",
  proves: ["R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.parks("620");
    await talk({ seconds: 15, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] }],
  },
});
