// Proves R1, R22: who refuses is not recorded from that moment.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "privacy/consent-refused",
  title: "The caller refuses to be recorded in mid-call",
  proves: ["R1", "R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.answersConsent("refused");
    await alice.isNoLongerRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: { recordings: [], failedParts: ["consent"] },
});
