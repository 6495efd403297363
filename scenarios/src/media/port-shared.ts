// Proves R15: two calls from one port are told apart by their SSRCs; the older one says so.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/port-shared",
  title: "Two calls speak from one RTP port at once",
  proves: ["R4", "R15"],
  fieldFault: "port-reused",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.rtpPort = "shared";
    const [alice, bob] = [agent("2001"), agent("2002")];
    await caller("+4930111").calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 4, liveSeconds: 1 });
    await caller("+4930222").calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 2 });
    await bob.hangsUp();
    await talk({ seconds: 3, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "degraded", part: 1, extension: "2001" },
      { part: 1, extension: "2002" },
    ],
  },
});
