// Proves R4: the live disk freezes for 10 s in mid-call: no sample is lost, and a call that comes
// meanwhile is answered.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/live-disk-frozen",
  title: "The live disk freezes for 10 s while a call runs and another comes",
  proves: ["R3", "R4"],
  fieldFault: "storage-stalls",
  modes: ["virtual"],
  notElsewhere: "storage/frozen-file-system does it on a real file system",
  async story({ caller, agent, talk, world }) {
    const first = caller("+49301");
    const second = caller("+49302");
    const alice = agent("2001");
    const bob = agent("2002");
    await first.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10 });
    world.freezesLiveDisk();
    await talk({ seconds: 2 });
    await second.calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 5 });
    world.heals();
    await talk({ seconds: 10 });
    await alice.hangsUp();
    await bob.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok" }, { outcome: "ok" }] },
});
