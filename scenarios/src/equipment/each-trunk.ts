// Proves R1: a call is its agent's, by whatever line it comes; no line is ever an agent.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "equipment/each-trunk",
  title: "A caller comes in by a trunk of each kind, and is sent out again by another channel",
  proves: ["R1"],
  matrix: { trunk: ["isdn", "sip", "analogue", "h323", "t1", "r2"] },
  site: ({ trunk }) => ({
    trunks: [{ name: "Line", kind: trunk, line: 7, channels: 2, ddi: { "5550100": "2001" } }],
    groups: [],
  }),
  async story({ caller, agent, talk, pbx }) {
    const outside = caller();
    const alice = agent("Alice");
    await outside.calls("5550100");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.transfersBlindTo("9030555");
    pbx.answer("030555");
    await talk({ seconds: 5, liveSeconds: 1 });
    await outside.hangsUp();
  },
  // What two lines say to each other is nobody's call.
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
