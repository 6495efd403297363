// Proves R10: A pinned certificate alone decides: one of an unknown authority will do.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/pinned",
  title: "A pinned certificate alone decides: one of an unknown authority will do",
  proves: ["R10", "R1"],
  tls: { trust: "pin" },
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
