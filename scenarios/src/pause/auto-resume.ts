// Proves R21: what somebody forgot to resume is resumed after pause.autoResumeMs.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/auto-resume",
  title: "A pause that nobody ends is ended by itself",
  proves: ["R21"],
  recorder: { pause: { autoResumeMs: 3000 } },
  async story({ caller, agent, supervisor, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await supervisor.pauses(alice);
    await supervisor.seesRecordedAgain(alice);
    await talk({ seconds: 6, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, voices: ["+4930123456", "2001"] }],
  },
});
