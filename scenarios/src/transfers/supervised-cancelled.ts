// Proves R22, R1: a consultation that leads nowhere is a call of its own, and the first part goes
// on.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "transfers/supervised-cancelled",
  title: "Alice asks Bob, Bob hangs up, Alice takes the caller back: one part and a consultation",
  proves: ["R22", "R1"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.consults("2002");
    await bob.answers();
    await talk({ seconds: 8, liveSeconds: 2 });
    await bob.hangsUp();
    await alice.retrieves();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2001", voices: ["2001", "2002"], linkedTo: 0 },
    ],
  },
});
