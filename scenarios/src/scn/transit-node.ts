// Proves R7, R22: a node in between reports the call as well, and its end by LinkLost: nothing of
// that makes a second call, ends one too soon, or leaves one behind.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "scn/transit-node",
  title: "The caller's node reaches Norma's by a third one, which tells of the call, too",
  proves: ["R7", "R22"],
  site: {
    transit: "192.168.30.1",
    users: [
      { extension: "2001", name: "Alice" },
      { extension: "3001", name: "Norma", node: "192.168.20.1" },
    ],
    groups: [],
    trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 30, ddi: { "5550100": "2001" } }],
  },
  network: true,
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, norma] = [agent("Alice"), agent("Norma")];
    await outside.calls("Norma");
    await norma.answers();
    await norma.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await norma.transfersBlindTo("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "3001", voices: ["+4930123456", "3001"], linkedTo: 0 },
      { outcome: "ok", part: 2, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 1 },
    ],
  },
});
