// Proves R3: at its limit the recorder refuses in time, and what it has goes on undisturbed.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/limit-of-calls",
  title: "The recorder takes one call at once: the second gets 503, and the first is whole",
  proves: ["R3"],
  recorder: { sip: { maximumCalls: 1 } },
  async story({ caller, agent, talk }) {
    const [alice, bob] = [agent("2001"), agent("2002")];
    await caller("+4930111").calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await caller("+4930222").calls("2002");
    await bob.answers();
    await talk({ seconds: 8, liveSeconds: 4 });
    await bob.hangsUp();
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001" }],
    failedParts: ["sip-refused"],
  },
});
