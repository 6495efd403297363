// Proves R17: A version that names no build is unknown, and not refused.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "login/unreadable-build",
  title: "A version that names no build is unknown, and not refused",
  proves: ["R17", "R1"],
  site: { version: "IP Office" },
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ build: "unknown", buildSupport: "unknown", code: null });
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
