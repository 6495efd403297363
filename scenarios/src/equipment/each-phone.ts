// Proves R1: whoever has a phone is an agent, whatever the phone: on the desk, without a wire, in
// a browser, or far away.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "equipment/each-phone",
  title: "Alice has a phone of each kind, and calls in and out are recorded",
  proves: ["R1"],
  matrix: { phone: ["digital", "analogue", "h323", "sip", "dect", "mobile", "webrtc"] },
  site: ({ phone }) => ({
    users: [{ extension: "2001", name: "Alice", kind: phone }],
    trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 30 }],
    groups: [],
  }),
  async story({ caller, agent, talk, pbx }) {
    const outside = caller();
    const alice = agent("Alice");
    await outside.calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
    await alice.calls("9030555");
    pbx.answer("030555");
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"] },
      { outcome: "ok", part: 1, extension: "2001", voices: ["030555", "2001"], linkedTo: 0 },
    ],
  },
});
