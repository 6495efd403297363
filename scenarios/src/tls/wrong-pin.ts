// Proves R10: Another certificate than the pinned one is refused, and its fingerprint told.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/wrong-pin",
  title: "Another certificate than the pinned one is refused, and its fingerprint told",
  proves: ["R10"],
  tls: { trust: "wrong-pin" },
  linkComesUp: false,
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ code: "DEVLINK3_PIN_MISMATCH" });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [] },
});
