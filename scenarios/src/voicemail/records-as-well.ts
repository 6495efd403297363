// Proves R1: what Voicemail Pro records of its own accord (flag 04, a conference recorder on a
// further call) is neither taken for a recording of ours nor recorded itself.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "voicemail/records-as-well",
  title: "Voicemail Pro records Alice's calls, too: one recording of ours, none of its call",
  proves: ["R1"],
  site: {
    users: [{ extension: "2001", name: "Alice", voicemailRecords: true }],
    trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 2 }],
    groups: [],
  },
  async story({ caller, agent, talk, pbx, until }) {
    const outside = caller();
    const alice = agent("Alice");
    await outside.calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    // A link that is lost brings all calls anew, the one of Voicemail Pro among them.
    pbx.resetConnections();
    await until("the link is back", () => pbx.streamingConnections() > 0);
    await talk({ seconds: 5, liveSeconds: 1 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] }],
  },
});
