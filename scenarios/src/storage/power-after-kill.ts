// Proves R6: what a killed process had not synced, the next one syncs before the power fails.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/power-after-kill",
  title: "The power fails a few seconds after the recorder was killed and started again",
  proves: ["R6", "R13"],
  modes: ["virtual"],
  notElsewhere: "no test cuts the power of the machine that it runs on",
  async story({ caller, agent, talk, recorder }) {
    const alice = agent("2001");
    await caller().calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8 });
    await recorder.crashes();
    await recorder.restarts();
    await talk({ seconds: 6 });
    await recorder.crashes("power");
    await recorder.restarts();
    await talk({ seconds: 4 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "degraded", why: "restart", part: 1, recovered: true }] },
});
