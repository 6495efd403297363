// Proves R1: an IP Office whose recording channels are all in use says so, and it is told.
import { scenario } from "../language/index.ts";

const CALLS = 41;

export default scenario({
  name: "pbx/platform-is-full",
  title: "An IP500 V2 records 40 calls; the 41st is refused",
  proves: ["R1", "R16"],
  modes: ["virtual"],
  notElsewhere: "forty agents are for free only where time is",
  site: {
    platform: "ip500v2",
    vcm: { channels: 148 },
    users: Array.from({ length: CALLS }, (_, index) => ({ extension: String(3001 + index) })),
    groups: [],
    trunks: [{ name: "T", kind: "sip", line: 17, channels: 60 }],
  },
  async story({ agent, talk, pbx }) {
    const agents = Array.from({ length: CALLS }, (_, index) => agent(String(3001 + index)));
    for (const [index, each] of agents.entries()) {
      pbx.placeCall({ from: { number: `+4930${1000 + index}` }, to: each.extension });
      pbx.answer(each.extension);
      if (index < CALLS - 1) await each.isBeingRecorded();
    }
    await talk({ seconds: 18 });
    for (const each of agents.toReversed()) await each.hangsUp();
  },
  expects: {
    recordings: Array.from({ length: CALLS - 1 }, () => ({ outcome: "ok" as const, part: 1 })),
    failedParts: ["conference-exhausted"],
  },
});
