// Proves R10: An expired certificate is refused, and named as such.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/expired",
  title: "An expired certificate is refused, and named as such",
  proves: ["R10"],
  modes: ["virtual"],
  notElsewhere: "real certificates of this kind are in harness/test/live/devlink3-tls.test.ts",
  tls: { certificate: "expired" },
  linkComesUp: false,
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ code: "DEVLINK3_CERTIFICATE_EXPIRED" });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [] },
});
