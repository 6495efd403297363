// Proves R10: A certificate for another address is refused, and named as such.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/other-host",
  title: "A certificate for another address is refused, and named as such",
  proves: ["R10"],
  modes: ["virtual"],
  notElsewhere: "real certificates of this kind are in harness/test/live/devlink3-tls.test.ts",
  tls: { certificate: "other-host" },
  linkComesUp: false,
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ code: "DEVLINK3_CERTIFICATE_HOSTNAME" });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [] },
});
