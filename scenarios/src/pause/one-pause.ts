// Proves R21: the paused span holds only fill, sample-exact, and is marked in the journal.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/one-pause",
  title: "A supervisor pauses the recording and resumes it",
  proves: ["R21"],
  smoke: true,
  async story({ caller, agent, supervisor, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await supervisor.pauses(alice);
    await talk({ seconds: 10, liveSeconds: 2 });
    await supervisor.resumes(alice);
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
