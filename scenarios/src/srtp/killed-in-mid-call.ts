// Proves R4, R6: after a kill the call goes on in the same file: the keys outlive the process, and
// the roll-over counter is found again by authentication.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/killed-in-mid-call",
  title: "Killed in mid-call, after the sequence number has wrapped, with the first key or a later",
  proves: ["R4", "R6"],
  matrix: { key: ["first", "renewed"] },
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk, recorder, oddities }, { key }) {
    oddities.sip.firstSequence = 65_500;
    oddities.sip.srtpRekeyOnHold = key === "renewed";
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 2 });
    await alice.holds();
    await talk({ seconds: 2, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await recorder.crashes();
    await talk({ seconds: 3, liveSeconds: 1 });
    await recorder.restarts();
    await talk({ seconds: 6, liveSeconds: 3 });
    await alice.holds();
    await talk({ seconds: 2, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "degraded", why: "restart", part: 1, recovered: true }],
    allowsLoss: true,
  },
});
