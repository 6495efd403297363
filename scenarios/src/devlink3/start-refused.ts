// Proves R1, R25: each refusal of a start is told as what it is.
import { scenario } from "../language/index.ts";

const RESULTS = { conference: 0x800000e9, licence: 0x800000ea, permission: 0x800000ed } as const;
const WHYS = {
  conference: "conference-exhausted",
  licence: "licence-missing",
  permission: "request-refused",
} as const;

export default scenario({
  name: "devlink3/start-refused",
  title: "The IP Office refuses every start",
  proves: ["R1", "R25"],
  matrix: { refusal: ["conference", "licence", "permission"] },
  async story({ caller, agent, talk, oddities }, { refusal }) {
    oddities.devlink3.refuseStart = RESULTS[refusal];
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 25, liveSeconds: 3 });
    await alice.hangsUp();
  },
  expects: ({ refusal }) => ({ recordings: [], failedParts: [WHYS[refusal]] }),
});
