// Proves R22, R7: a call that goes from node to node and back is one conversation.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "scn/transfer-across-nodes",
  title: "Alice sends the caller to Norma on another node, who sends the call back: three parts",
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
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, norma] = [agent("2001"), agent("3001")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.transfersBlindTo("3001");
    await norma.answers();
    await norma.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await norma.transfersBlindTo("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 2, extension: "3001", voices: ["+4930123456", "3001"], linkedTo: 1 },
      { outcome: "ok", part: 3, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 1 },
    ],
  },
});
