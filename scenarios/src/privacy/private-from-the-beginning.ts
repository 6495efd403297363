// Proves R1, R22: a private call is not recorded at all.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "privacy/private-from-the-beginning",
  title: "Alice's call is private before it begins",
  proves: ["R1", "R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await alice.isPrivate(true);
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: { recordings: [], failedParts: ["privacy"] },
});
