// Proves R1, R15: two calls at once on the one shared RTP port, and no byte of one in the other.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "basics/two-at-once",
  title: "Two agents talk at the same time, each call has its own recording",
  proves: ["R1", "R15"],
  smoke: true,
  async story({ caller, agent, talk }) {
    const [first, second] = [caller("+4930111"), caller("+4930222")];
    const [alice, bob] = [agent("2001"), agent("2002")];
    await first.calls("2001");
    await alice.answers();
    await second.calls("2002");
    await bob.answers();
    await alice.isBeingRecorded();
    await bob.isBeingRecorded();
    await talk({ seconds: 30, liveSeconds: 2 });
    await alice.hangsUp();
    await talk({ seconds: 10, liveSeconds: 1 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { outcome: "ok", part: 1, extension: "2002" },
    ],
  },
});
