// Proves R16: a queued call of a Skilled group takes the channel that a recording would need.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "vcm/skilled-queue",
  title: "Two calls and a Skilled queued one leave a channel for one recording only",
  proves: ["R16"],
  fieldFault: "vcm-short",
  site: {
    vcm: { channels: 4 },
    groups: [{ number: "300", members: ["2001"], queue: { skilled: true } }],
  },
  async story({ caller, agent, talk }) {
    const [first, second, third] = ["+4930111", "+4930222", "+4930333"].map(caller);
    const [alice, bob] = [agent("2001"), agent("2002")];
    // Call, recording; call and place in the queue: then nothing is left.
    await first?.calls("300");
    await alice.answers();
    await alice.isBeingRecorded();
    await second?.waitsFor("300");
    await second?.isQueued();
    await third?.waitsFor("2002");
    await talk({ seconds: 10, liveSeconds: 2 });
    await second?.hangsUp();
    await third?.calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await bob.hangsUp();
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { outcome: "ok", part: 1, extension: "2002" },
    ],
  },
});
