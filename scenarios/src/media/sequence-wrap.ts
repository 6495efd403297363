// Proves R4: sequence number and timestamp wrap without a trace (RFC 3550 A.1).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/sequence-wrap",
  title: "Sequence number and timestamp wrap during the call",
  proves: ["R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.firstSequence = 65_500;
    oddities.sip.firstTimestamp = 2 ** 32 - 50 * 160;
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
