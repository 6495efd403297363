// Proves R21: by agent, all calls of that agent are paused: also the one that waits while she asks
// a colleague.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/agent-with-two-calls",
  title: "Alice consults Bob while the caller waits: a pause by agent is one of both her calls",
  proves: ["R21"],
  async story({ caller, agent, supervisor, talk }) {
    const bob = agent("2002");
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await alice.consults("2002");
    await bob.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 4, liveSeconds: 1 });
    await supervisor.pauses(alice);
    await talk({ seconds: 4, liveSeconds: 1 });
    await bob.hangsUp();
    await alice.retrieves();
    await talk({ seconds: 4, liveSeconds: 1 });
    await supervisor.resumes(alice);
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.hangsUp();
  },
});
