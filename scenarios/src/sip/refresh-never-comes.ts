// Proves R3: a session that nobody refreshes ends, and the recording tells it (RFC 4028).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/refresh-never-comes",
  title: "The IP Office promises to refresh the session and does not",
  proves: ["R3", "R4"],
  fieldFault: "refresh-unanswered",
  modes: ["virtual"],
  notElsewhere: "RFC 4028 allows no session interval below 90 s",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.sessionExpires = { seconds: 90, refresher: "nobody" };
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 200 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "degraded", why: "session-expired", part: 1 }] },
});
