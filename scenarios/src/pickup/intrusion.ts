// Proves R8, R22: somebody who breaks into a call is heard in its recording.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pickup/intrusion",
  title: "A supervisor intrudes into the call of an agent",
  proves: ["R8", "R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, dave] = [agent("2001"), agent("2004")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await dave.intrudesOn("Alice");
    await talk({ seconds: 8, liveSeconds: 2 });
    await dave.hangsUp();
    await talk({ seconds: 3, liveSeconds: 1 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001", "2004"] },
    ],
  },
});
