// Proves R10: without the certificate that the IP Office demands there is no link, and it is told.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/mutual-missing",
  title: "Without the certificate that the IP Office demands there is no link, and it is said why",
  proves: ["R10"],
  modes: ["virtual"],
  notElsewhere: "real certificates of this kind are in harness/test/live/devlink3-tls.test.ts",
  tls: { mutual: "none" },
  linkComesUp: false,
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ code: "DEVLINK3_CLIENT_CERTIFICATE_REFUSED" });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [] },
});
