// Proves R22, R4: a hold does not end the part; the held time is fill of the same length.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "basics/hold-and-retrieve",
  title: "Alice puts the caller on hold and takes the call back: one recording",
  proves: ["R22", "R4"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.holds();
    await talk({ seconds: 15, liveSeconds: 2 });
    await alice.retrieves();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
