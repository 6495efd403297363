// Proves R15: two calls that begin together on one RTP port cannot be told apart for certain; they
// are kept in the order of their INVITEs, and both say so.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/port-shared-at-once",
  title: "Two calls begin at once and speak from one RTP port",
  proves: ["R4", "R15"],
  fieldFault: "port-reused",
  async story({ caller, agent, talk, oddities }) {
    Object.assign(oddities.sip, { rtpPort: "shared", rtpDelayMs: 1_500 });
    const [alice, bob] = [agent("2001"), agent("2002")];
    await caller("+4930111").calls("2001");
    await caller("+4930222").calls("2002");
    await Promise.all([alice.answers(), bob.answers()]);
    await alice.isBeingRecorded();
    await bob.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 2 });
    await bob.hangsUp();
    await talk({ seconds: 3, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "degraded", why: "source-doubtful", part: 1, extension: "2001" },
      { outcome: "degraded", why: "source-doubtful", part: 1, extension: "2002" },
    ],
  },
});
