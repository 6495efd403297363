// Proves R3, R4: long calls are not cut where the recorder has to refresh (RFC 4028).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/recorder-refreshes",
  title: "The recorder is to refresh the session every 45 s, and does",
  proves: ["R3", "R4"],
  modes: ["virtual"],
  notElsewhere: "RFC 4028 allows no session interval below 90 s",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.sessionExpires = { seconds: 90, refresher: "recorder" };
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 300 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
