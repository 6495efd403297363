// Proves R4: the length of packets is the IP Office's affair; the recording is the same.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/other-packet-length",
  title: "Packets hold 10, 40 or 60 ms instead of 20",
  proves: ["R4"],
  matrix: { packetMs: [10, 40, 60], codec: ["PCMU", "PCMA"] },
  async story({ caller, agent, talk, oddities }, { packetMs, codec }) {
    oddities.sip.packetMs = packetMs;
    oddities.sip.codec = codec;
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
