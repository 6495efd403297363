// Proves R17: A build below 23 is marked unsupported, never refused.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "login/old-build",
  title: "A build below 23 is marked unsupported, never refused",
  proves: ["R17", "R1"],
  site: { version: "IP Office 11.0.0.0 build 22" },
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ build: 22, buildSupport: "unsupported-build" });
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
