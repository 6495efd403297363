// Proves R1, R22: the agent of the second group is recorded, not who only rang.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "groups/overflow",
  title: "Nobody of Sales answers, the call overflows to Support, where Dave takes it",
  proves: ["R1", "R22"],
  site: {
    groups: [
      {
        number: "300",
        name: "Sales",
        members: ["2001", "2002"],
        overflow: { seconds: 5, to: "301" },
      },
      { number: "301", name: "Support", members: ["2004", "2005"], ring: "sequential" },
    ],
  },
  async story({ caller, agent, talk }) {
    const outside = caller();
    await outside.calls("300");
    const dave = agent("2004");
    await dave.answers();
    await dave.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2004", voices: ["+4930123456", "2004"] }],
  },
});
