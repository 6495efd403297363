// Proves R1, R22: the answer yes changes nothing.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "privacy/consent-given",
  title: "The caller agrees to be recorded",
  proves: ["R1", "R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.answersConsent("given");
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] }],
  },
});
