// Proves R5: who listens is told when somebody is no longer on the call, while the part goes on.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "live/somebody-leaves",
  title: "A supervisor hears a conference that one of three leaves, and learns of it",
  proves: ["R5"],
  async story({ caller, agent, supervisor, talk, until }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.consults("2002");
    await bob.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 3, liveSeconds: 1 });
    await alice.confers();
    await alice.isBeingRecorded();
    await talk({ seconds: 3, liveSeconds: 1 });
    const listener = await supervisor.listensTo(alice, "beginning");
    await talk({ seconds: 3, liveSeconds: 1 });
    await bob.hangsUp();
    await talk({ seconds: 3, liveSeconds: 1 });
    await until("the listener is told who is on the call", () =>
      listener.news().includes("parties-changed"),
    );
    await outside.hangsUp();
    await until("the listener is told of the end", () => listener.hasEnded());
  },
});
