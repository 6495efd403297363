// Proves R15: a port that serves the next call at once crosses no calls.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/port-reused",
  title: "The next call's RTP comes from the port of the last one, which still speaks",
  proves: ["R4", "R15"],
  fieldFault: "port-reused",
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.rtpPort = "reused";
    oddities.sip.rtpAfterByeMs = 2_000;
    const [alice, bob] = [agent("2001"), agent("2002")];
    await caller("+4930111").calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await caller("+4930222").calls("2002");
    await alice.hangsUp();
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 3 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { part: 1, extension: "2002" },
    ],
  },
});
