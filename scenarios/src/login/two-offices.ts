// Proves R10, R25: of two IP Offices one has no licence; each link has its own state.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "login/two-offices",
  title: "Of two IP Offices one has no licence: each link has its own state, calls are recorded",
  proves: ["R10", "R25", "R1"],
  offices: [{ devlink3: { licences: 0 } }],
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ state: "streaming", code: null, licence: "granted" }, 0);
    const refused = {
      state: "waiting",
      code: "DEVLINK3_LICENCE_MISSING",
      licence: "missing",
    } as const;
    await recorder.tellsOfLink(refused, 1);
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
