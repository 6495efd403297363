// Proves R4: a timestamp that jumps neither tears the recording apart nor makes hours of fill.
import { scenario } from "../language/index.ts";

const SAMPLES = { forth: 80_000, back: -80_000 } as const;

export default scenario({
  name: "media/timestamp-jumps",
  title: "The RTP timestamp jumps by 10 s every 4 s, forth or back",
  proves: ["R4"],
  matrix: { way: ["forth", "back"] },
  async story({ caller, agent, talk, oddities }, { way }) {
    oddities.sip.timestampJump = { everyFrames: 200, samples: SAMPLES[way] };
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 18, liveSeconds: 9 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
