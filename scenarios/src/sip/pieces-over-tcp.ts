// Proves R3: messages on a stream are put together again (RFC 3261 §18.3).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/pieces-over-tcp",
  title: "SIP over TCP: each message arrives in pieces of 7 bytes",
  proves: ["R3"],
  recorder: { sip: { transports: ["tcp"] } },
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.splitSipBytes = 7;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
