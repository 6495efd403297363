// Proves R15: calls by SRTP share the Active Recording RTP Port, and each has its own key.
import { scenario } from "../language/index.ts";

const EXTENSIONS = ["2001", "2002", "2003", "2004"];

export default scenario({
  name: "srtp/calls-at-once",
  title: "Four calls by SRTP at once, of which two are on hold for a while",
  proves: ["R15", "R4"],
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk }) {
    const agents = EXTENSIONS.map((extension) => agent(extension));
    for (const [index, one] of agents.entries()) {
      await caller(`+49301234${index}`).calls(one.extension);
      await one.answers();
      await one.isBeingRecorded();
    }
    await talk({ seconds: 5, liveSeconds: 1 });
    for (const one of agents.slice(0, 2)) await one.holds();
    await talk({ seconds: 4, liveSeconds: 1 });
    for (const one of agents.slice(0, 2)) await one.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    for (const one of agents) await one.hangsUp();
  },
  expects: {
    recordings: EXTENSIONS.map((extension) => ({ outcome: "ok" as const, part: 1, extension })),
  },
});
