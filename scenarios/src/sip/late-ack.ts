// Proves R3, R4: audio counts from the answer on, ACK or not (RFC 3261 §13.3.1.4).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/late-ack",
  title: "The ACK comes 1.2 s late: RTP before it counts, the 200 is repeated meanwhile",
  proves: ["R3", "R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.ackDelayMs = 1_200;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
