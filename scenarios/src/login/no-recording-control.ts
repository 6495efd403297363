// Proves R1: Without recording control the link is up and says so; nothing can be asked for.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "login/no-recording-control",
  title: "Without recording control the link is up and says so; nothing can be asked for",
  proves: ["R1", "R25"],
  site: { devlink3: { recordingExtension: false } },
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ state: "recording-control-unavailable", recordingControl: false });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [], failedParts: ["recording-control-unavailable"] },
});
