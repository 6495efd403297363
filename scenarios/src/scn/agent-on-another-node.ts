// Proves R1, R7, R22: a call over two nodes is one conversation, recorded where its agent is.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "scn/agent-on-another-node",
  title: "A caller on the trunk of one node talks to Norma on another node",
  proves: ["R1", "R7", "R22"],
  site: {
    users: [
      { extension: "2001", name: "Alice" },
      { extension: "3001", name: "Norma", node: "192.168.20.1" },
      { extension: "3002", name: "Oscar", node: "192.168.20.1" },
    ],
    groups: [],
    trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 30, ddi: { "5550100": "2001" } }],
  },
  network: true,
  async story({ caller, agent, talk }) {
    const outside = caller();
    const norma = agent("3001");
    await outside.calls("3001");
    await norma.answers();
    await norma.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "3001", voices: ["+4930123456", "3001"] }],
  },
});
