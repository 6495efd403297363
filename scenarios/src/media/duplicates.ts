// Proves R4: each frame stands once, however often it arrives.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/duplicates",
  title: "Every RTP packet arrives twice",
  proves: ["R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.duplicateRtp = true;
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
