// Proves R3, R4, R6: the pool's drive and then the live disk freeze for 10 s each, as real file
// systems do: no sample is lost, a call that comes meanwhile is answered, the API goes on.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/frozen-file-system",
  title: "First the drive, then the live disk freezes for 10 s while calls run and another comes",
  proves: ["R3", "R4", "R6"],
  ownFileSystems: true,
  // They are small: nothing of them is kept free.
  recorder: { live: { watermark: 0 } },
  async story({ caller, agent, talk, world, recorder, supervisor }) {
    const [first, second, third] = ["+49301", "+49302", "+49303"].map((number) => caller(number));
    const [alice, bob, carol] = ["2001", "2002", "2003"].map((extension) => agent(extension));
    if (!first || !second || !third || !alice || !bob || !carol) return;
    await first.calls("2001");
    await alice.answers();
    await second.calls("2002");
    await bob.answers();
    await alice.isBeingRecorded();
    await bob.isBeingRecorded();
    await talk({ seconds: 3, liveSeconds: 3 });
    world.freezesDrive(0);
    await alice.hangsUp();
    await talk({ seconds: 10, liveSeconds: 10 });
    world.healsDrive(0);
    world.freezesLiveDisk();
    await talk({ seconds: 2, liveSeconds: 2 });
    await third.calls("2003");
    await carol.answers();
    await carol.isBeingRecorded();
    await supervisor.listensTo(bob);
    await talk({ seconds: 8, liveSeconds: 8 });
    world.heals();
    await talk({ seconds: 3, liveSeconds: 3 });
    await bob.hangsUp();
    await carol.hangsUp();
    await recorder.hasStored(3);
  },
  expects: { recordings: [{ outcome: "ok" }, { outcome: "ok" }, { outcome: "ok" }] },
});
