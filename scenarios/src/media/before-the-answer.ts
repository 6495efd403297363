// Proves R4, R15: audio counts from the moment that the call is known, 200 and ACK or not.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/before-the-answer",
  title: "The IP Office knows the RTP port from the last call and speaks before the 200",
  proves: ["R4", "R15"],
  async story({ caller, agent, talk, oddities, world, mode }) {
    oddities.sip.rtpBeforeAnswer = true;
    const [alice, bob] = [agent("2001"), agent("2002")];
    await caller("+4930111").calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 3, liveSeconds: 1 });
    // Only so is there time between INVITE and 200.
    if (mode === "virtual") world.slowsLiveDisk(150);
    await caller("+4930222").calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 2 });
    await bob.hangsUp();
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { part: 1, extension: "2001" },
      { part: 1, extension: "2002" },
    ],
  },
});
