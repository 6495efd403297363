// Proves R3, R15: a call by SIP over TLS, with hold and retrieve, and probes on one connection.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/over-tls",
  title: "SIP over TLS: the recorder is called at the port after the SIP Message Port",
  proves: ["R3", "R15"],
  site: { probeSeconds: 2 },
  sipTls: true,
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.holds();
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
