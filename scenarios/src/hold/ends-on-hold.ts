// Proves R4: a call that ends on hold has its hold as fill, up to its end.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "hold/ends-on-hold",
  title: "The caller gives up while on hold",
  proves: ["R4"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.holds();
    await talk({ seconds: 20, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
