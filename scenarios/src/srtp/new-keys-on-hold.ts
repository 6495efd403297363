// Proves R4, R22: new keys by re-INVITE are taken, and the roll-over counter is not set back
// (RFC 4568 §7.1; RFC 3711 §3.3.1).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/new-keys-on-hold",
  title: "Hold and retrieve bring new keys, after the sequence number has wrapped: one file",
  proves: ["R4", "R22"],
  matrix: { ssrc: ["same", "new"] },
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk, oddities }, { ssrc }) {
    oddities.sip.srtpRekeyOnHold = true;
    oddities.sip.changeSsrcOnHold = ssrc === "new";
    oddities.sip.firstSequence = 65_520;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    for (const _ of ["once", "twice"]) {
      await talk({ seconds: 5, liveSeconds: 1 });
      await alice.holds();
      await talk({ seconds: 3, liveSeconds: 1 });
      await alice.retrieves();
    }
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
