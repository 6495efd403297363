// Proves R1, R22: a part ends when voicemail takes the transferred call.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "voicemail/after-transfer",
  title: "Alice transfers the caller to Bob, whose voicemail answers: one part",
  proves: ["R1", "R22"],
  site: {
    users: [
      { extension: "2001", name: "Alice", voicemailSeconds: 10 },
      { extension: "2002", name: "Bob", voicemailSeconds: 10 },
    ],
    groups: [],
    trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 30, ddi: { "5550100": "2001" } }],
  },
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.transfersBlindTo("2002");
    await outside.reachesVoicemail();
    await talk({ seconds: 8, liveSeconds: 1 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] }],
  },
});
