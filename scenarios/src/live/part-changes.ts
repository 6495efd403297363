// Proves R5, R22: who listens is told when other people are on the call, and why a part ends; the
// next part is another stream, which can be heard at once.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "live/part-changes",
  title: "A supervisor hears Alice until she transfers the caller, then Bob",
  proves: ["R5", "R22"],
  async story({ caller, agent, supervisor, talk, until }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    const first = await supervisor.listensTo(alice, "beginning");
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.transfersBlindTo("2002");
    await until("the first part's end is told", () => first.hasEnded());
    await bob.answers();
    await bob.isBeingRecorded();
    const second = await supervisor.listensTo(bob, "beginning");
    await talk({ seconds: 8, liveSeconds: 1 });
    await outside.hangsUp();
    await until("the second part's end is told", () => second.hasEnded());
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { outcome: "ok", part: 2, extension: "2002" },
    ],
  },
});
