// Proves R3: a refresh that gets no answer ends the session, with its audio kept (RFC 4028 §10).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/silent-on-refresh",
  title: "The recorder refreshes the session, and the IP Office is silent: the call ends in order",
  proves: ["R3", "R4"],
  modes: ["virtual"],
  notElsewhere: "RFC 4028 allows no session interval below 90 s",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.sessionExpires = { seconds: 90, refresher: "recorder" };
    oddities.sip.silentOnRequests = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 150 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "degraded", why: "session-expired", part: 1 }] },
});
