// Proves R22: in a call between agents the one who stays is the next perspective.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "transfers/internal-callee-goes-on",
  title: "Alice calls Bob and transfers him to Carol: the second part is Bob's",
  proves: ["R22"],
  async story({ agent, talk }) {
    const [alice, bob, carol] = [agent("2001"), agent("2002"), agent("2003")];
    await alice.calls("2002");
    await bob.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.transfersBlindTo("2003");
    await carol.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await carol.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["2001", "2002"], linkedTo: 0 },
      { outcome: "ok", part: 2, extension: "2002", voices: ["2002", "2003"], linkedTo: 1 },
    ],
  },
});
