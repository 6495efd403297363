// Proves R5: a live listener hears the very bytes that are recorded.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "live/one-listener",
  title: "A supervisor listens to a call from its middle to its end",
  proves: ["R5"],
  smoke: true,
  async story({ caller, agent, supervisor, talk, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    const listener = await supervisor.listensTo(alice);
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
    await until("the listener is told of the end", () => listener.hasEnded());
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
