// Proves R22, R4: hold and park: same part.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "park/same-agent",
  title: "Alice parks the caller and takes the call back: one part, the park is fill",
  proves: ["R22", "R4"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.parks("620");
    await talk({ seconds: 15, liveSeconds: 2 });
    await alice.unparks("620");
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] }],
  },
});
