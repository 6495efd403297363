// Proves R10: a certificate of an unknown authority is refused before the login, and told why.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/wrong-authority",
  title: "A certificate of an unknown authority is refused before the login, and it is said why",
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
