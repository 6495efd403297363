// Proves R22: a call that a colleague takes over in mid-call is recorded on as that one's part.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pickup/stolen",
  title: "Bob takes the call on which Alice talks: two parts",
  proves: ["R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("Alice"), agent("Bob")];
    await outside.calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await bob.stealsFrom("Alice");
    await bob.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 2, extension: "2002", voices: ["+4930123456", "2002"], linkedTo: 1 },
    ],
  },
});
