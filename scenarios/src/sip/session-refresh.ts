// Proves R3: the session timer is refreshed, so that long calls are not cut (RFC 4028).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/session-refresh",
  title: "The IP Office refreshes the session every 45 s: the recording goes on",
  proves: ["R3", "R4"],
  fieldFault: "refresh-unanswered",
  modes: ["virtual"],
  notElsewhere: "RFC 4028 allows no session interval below 90 s",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.sessionExpires = { seconds: 90, refresher: "pbx" };
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 300, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
