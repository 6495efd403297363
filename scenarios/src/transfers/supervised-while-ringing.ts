// Proves R22: completed before the next agent answers, the part begins when that one does.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "transfers/supervised-while-ringing",
  title: "Alice completes the transfer while Bob still rings",
  proves: ["R22"],
  async story({ caller, agent, talk }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await alice.consults("2002");
    await talk({ seconds: 2, liveSeconds: 1 });
    await alice.completesTransfer();
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930123456", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 2, extension: "2002", voices: ["+4930123456", "2002"], linkedTo: 1 },
    ],
  },
});
