// Proves R22: when the first agent leaves, recording starts again with the next one: two parts.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "basics/blind-transfer",
  title: "Alice transfers the caller to Bob without asking: two parts of one conversation",
  proves: ["R22", "R1", "R7"],
  smoke: true,
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 15, liveSeconds: 2 });
    await alice.transfersBlindTo("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 20, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { outcome: "ok", part: 2, extension: "2002" },
    ],
  },
});
