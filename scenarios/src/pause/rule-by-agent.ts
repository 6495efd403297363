// Proves R21, R22: a rule pauses what one agent says from the first sample on; the part before is
// none of its business.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/rule-by-agent",
  title: "Alice transfers to the payment desk, whose calls a rule pauses",
  proves: ["R21", "R22"],
  recorder: {
    rules: [
      { title: "Everything", kind: "external-number", match: { numbers: ["*"] } },
      { title: "Payment desk", kind: "agent", action: "pause", match: { agents: ["2002"] } },
    ],
  },
  async story({ caller, agent, supervisor, talk }) {
    const bob = agent("2002");
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await alice.transfersBlindTo("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await supervisor.seesPaused(bob);
    await talk({ seconds: 8, liveSeconds: 2 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] },
      { outcome: "ok", part: 2, extension: "2002", voices: [] },
    ],
  },
});
