// Proves R21: the end of a call may meet any request for a pause; what stays paused to the end is
// fill to the end.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/to-the-end",
  title: "A recording is paused when the caller hangs up, and a resume comes too late",
  proves: ["R21"],
  async story({ caller, agent, supervisor, talk, until, recorder }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await supervisor.pauses(alice);
    await talk({ seconds: 6, liveSeconds: 1 });
    await outside.hangsUp();
    await recorder.isIdle();
    const status = await supervisor.isRefused("resume", alice);
    await until(`there is no recording any more: ${status}`, () => status === 404);
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
