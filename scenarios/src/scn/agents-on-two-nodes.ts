// Proves R22, R7: two agents on two nodes: one recording, from the first one.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "scn/agents-on-two-nodes",
  title: "Alice calls Norma on another node: the call is heard once",
  proves: ["R22", "R7"],
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
  async story({ agent, talk }) {
    const [alice, norma] = [agent("2001"), agent("3001")];
    await alice.calls("3001");
    await norma.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await norma.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", voices: ["2001", "3001"] }],
  },
});
