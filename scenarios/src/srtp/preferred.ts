// Proves R3, R4: of a secure line and a plain one for the same stream the secure one is taken.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/preferred",
  title: "Media Security: Preferred: the same stream is offered secure and plain",
  proves: ["R3", "R4"],
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.srtpBoth = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.holds();
    await talk({ seconds: 3, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
