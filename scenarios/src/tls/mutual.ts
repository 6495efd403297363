// Proves R10: An IP Office that demands a certificate gets the recorder's.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/mutual",
  title: "An IP Office that demands a certificate gets the recorder's",
  proves: ["R10", "R1"],
  modes: ["virtual"],
  notElsewhere: "real certificates of this kind are in harness/test/live/devlink3-tls.test.ts",
  tls: { mutual: "good" },
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ state: "streaming", code: null });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, rung: 1 }] },
});
