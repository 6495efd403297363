// Proves R1, R22: whoever of a group answers is recorded, however the group rings.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "groups/ring-modes",
  title: "A group rings in each of its ways, all at once or in turn; the third member answers",
  proves: ["R1", "R22"],
  modes: ["virtual"],
  notElsewhere: "each member rings for its time",
  matrix: {
    ring: ["collective", "collective-call-waiting", "sequential", "rotary", "longest-waiting"],
  },
  site: ({ ring }) => ({
    groups: [{ number: "300", members: ["2001", "2002", "2003"], ring, ringSeconds: 6 }],
  }),
  async story({ caller, agent, talk, pbx, until }) {
    const outside = caller();
    const carol = agent("2003");
    await outside.calls("300");
    await until("Carol's phone rings", () => pbx.isRinging("2003"));
    await carol.answers();
    await carol.isBeingRecorded();
    await talk({ seconds: 8 });
    await carol.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2003" }] },
});
