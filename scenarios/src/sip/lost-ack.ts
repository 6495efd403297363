// Proves R3: the 200 is repeated until the ACK comes (RFC 3261 §13.3.1.4).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/lost-ack",
  title: "The first two ACKs are lost: the 200 is repeated, the recording is whole",
  proves: ["R3"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.loseAcks = 2;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
