// Proves R25: The IP Office has no licence for DevLink3: shown as what it is.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "login/licence-refused",
  title: "The IP Office has no licence for DevLink3: shown as what it is",
  proves: ["R25"],
  site: { devlink3: { licences: 0 } },
  linkComesUp: false,
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ code: "DEVLINK3_LICENCE_MISSING" });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [] },
});
