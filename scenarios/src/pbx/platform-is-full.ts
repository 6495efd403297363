// Proves R1, R16: an IP Office whose recording channels are all in use says so, and it is told.
import { scenario } from "../language/index.ts";

/** Recordings at once; SRTP counts double on an R260's 128 calls of indirect media. */
const LIMITS = { ip500v2: 40, "r260-srtp": 64 } as const;

export default scenario({
  name: "pbx/platform-is-full",
  title: "An IP500 V2 records 40 calls, an R260 with SRTP 64; one more is refused",
  proves: ["R1", "R16"],
  modes: ["virtual"],
  notElsewhere: "so many agents are for free only where time is",
  matrix: { platform: ["ip500v2", "r260-srtp"] },
  site: ({ platform }) => ({
    platform: platform === "ip500v2" ? "ip500v2" : "r260",
    srtp: platform === "r260-srtp",
    vcm: { channels: 148 },
    users: Array.from({ length: LIMITS[platform] + 1 }, (_, index) => ({
      extension: String(3001 + index),
    })),
    groups: [],
    trunks: [{ name: "T", kind: "sip", line: 17, channels: 100 }],
  }),
  async story({ agent, talk, pbx }, { platform }) {
    const count = LIMITS[platform] + 1;
    const agents = Array.from({ length: count }, (_, index) => agent(String(3001 + index)));
    for (const [index, each] of agents.entries()) {
      pbx.placeCall({ from: { number: `+4930${1000 + index}` }, to: each.extension });
      pbx.answer(each.extension);
      if (index < count - 1) await each.isBeingRecorded();
    }
    await talk({ seconds: 3 });
    for (const each of agents.toReversed()) await each.hangsUp();
  },
  expects: ({ platform }) => ({
    recordings: Array.from({ length: LIMITS[platform] }, () => ({
      outcome: "ok" as const,
      part: 1,
    })),
    failedParts: ["conference-exhausted"],
  }),
});
