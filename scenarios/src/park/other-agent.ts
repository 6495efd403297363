// Proves R22: another agent takes the parked call: the next part.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "park/other-agent",
  title: "Alice parks the caller, Bob takes the call from the slot: two parts",
  proves: ["R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.parks("620");
    await talk({ seconds: 15, liveSeconds: 2 });
    await bob.unparks("620");
    await bob.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 2, extension: "2002", voices: ["+4930123456", "2002"], linkedTo: 1 },
    ],
  },
});
