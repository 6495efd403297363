// Proves R10: The password in clear is given when asked for over TLS.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/plain-over-tls",
  title: "The password in clear is given when asked for over TLS",
  proves: ["R10", "R1"],
  tls: true,
  site: { devlink3: { challenge: "plain" } },
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ state: "streaming", code: null });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, rung: 1 }] },
});
