// Proves R10: An IP Office whose certificate an unknown authority signed is not logged in to, and it is said why.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/wrong-authority",
  title:
    "An IP Office whose certificate an unknown authority signed is not logged in to, and it is said why",
  proves: ["R10"],
  tls: { trust: "other-authority" },
  linkComesUp: false,
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ code: "DEVLINK3_CERTIFICATE_UNTRUSTED" });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [] },
});
