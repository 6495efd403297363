// Proves R10: DevLink3 works over TLS.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/devlink3-tls",
  title: "The DevLink3 link runs over TLS, verified by certificate authority",
  proves: ["R10", "R1"],
  tls: true,
  async story({ caller, agent, talk }) {
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
