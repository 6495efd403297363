// Proves R5: who joins late and asks for the beginning hears the recording from its first sample,
// then goes over to what is said now, each sample once.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "live/from-the-beginning",
  title: "Two supervisors join in the middle, one from the beginning; a third when it just began",
  proves: ["R5"],
  async story({ caller, agent, supervisor, talk, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    const first = await supervisor.listensTo(alice, "beginning");
    await talk({ seconds: 20, liveSeconds: 2 });
    const late = await supervisor.listensTo(alice, "beginning");
    const now = await supervisor.listensTo(alice);
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
    for (const listener of [first, late, now]) {
      await until("the listener is told of the end", () => listener.hasEnded());
    }
    await until("both that asked for it heard the beginning", () =>
      [first, late].every((listener) => listener.heard().fromSample === 0),
    );
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
