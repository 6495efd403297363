// Proves R10: The password in clear is not given without TLS: the link is refused for good.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "login/no-plain-without-tls",
  title: "The password in clear is not given without TLS: the link is refused for good",
  proves: ["R10"],
  site: { devlink3: { challenge: "plain-always" } },
  linkComesUp: false,
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ code: "DEVLINK3_PLAIN_REFUSED" });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [] },
});
