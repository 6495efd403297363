// Proves R22, R7: callKey and part numbers outlive the recorder's process.
import { scenario } from "../language/index.ts";
import { CALLER, visitThreeAgents } from "../language/three-agents.ts";

const common = { linkedTo: 1, outcome: "ok" } as const;

export default scenario({
  name: "transfers/three-agents-with-restart",
  title: "The recorder is killed and started again while the second of three agents talks",
  proves: ["R22", "R7"],
  story: (story) =>
    visitThreeAgents(story, {
      handovers: ["blind", "blind"],
      meanwhile: async (agent, { recorder, talk }) => {
        if (agent !== 1) return;
        await recorder.crashes();
        await recorder.restarts();
        await talk({ seconds: 4, liveSeconds: 2 });
      },
    }),
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: [CALLER, "2001"], linkedTo: 0 },
      { part: 2, extension: "2002", voices: [CALLER, "2002"], linkedTo: 1 },
      { ...common, part: 3, extension: "2003", voices: [CALLER, "2003"] },
    ],
  },
});
