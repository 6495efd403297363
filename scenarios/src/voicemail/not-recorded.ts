// Proves R1: voicemail is no agent.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "voicemail/not-recorded",
  title: "Nobody answers, voicemail takes the call, the caller leaves a message: no recording",
  proves: ["R1"],
  site: {
    users: [
      { extension: "2001", name: "Alice", voicemailSeconds: 10 },
      { extension: "2002", name: "Bob", voicemailSeconds: 10 },
    ],
    groups: [],
    trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 30, ddi: { "5550100": "2001" } }],
  },
  async story({ caller, talk }) {
    const outside = caller();
    await outside.calls("2001");
    await outside.reachesVoicemail();
    await talk({ seconds: 15, liveSeconds: 4 });
    await outside.hangsUp();
  },
  expects: { recordings: [] },
});
