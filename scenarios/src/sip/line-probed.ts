// Proves R3: the recorder answers the OPTIONS by which the IP Office probes its SIP line.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "sip/line-probed",
  title: "The IP Office asks every second by OPTIONS whether the recorder is there",
  proves: ["R3"],
  site: { probeSeconds: 1 },
  async story({ caller, agent, talk, pbx, until }) {
    const outside = caller();
    const alice = agent("Alice");
    await outside.calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 2 });
    await until("three OPTIONS are answered", () => pbx.probesAnswered() >= 3);
    await outside.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
