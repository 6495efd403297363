// Proves R4: a site whose recording legs are not told of a hold is recorded through it.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "hold/not-told",
  title: "The recording leg is not told of the hold, and goes on",
  proves: ["R4", "R22"],
  site: { hold: "keep" },
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.holds();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.retrieves();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
