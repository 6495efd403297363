// Proves R16: the VCM channels are counted, and their lack is told as what it is.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "vcm/exhausted",
  title: "Two calls, three VCM channels: the second recording is refused",
  proves: ["R16"],
  fieldFault: "vcm-short",
  site: { vcm: { channels: 3 } },
  async story({ caller, agent, talk }) {
    const [first, second] = [caller("+4930111"), caller("+4930222")];
    const [alice, bob] = [agent("2001"), agent("2002")];
    await first.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await second.calls("2002");
    await bob.answers();
    await talk({ seconds: 25, liveSeconds: 3 });
    await bob.hangsUp();
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001" }],
    failedParts: ["vcm-exhausted"],
  },
});
