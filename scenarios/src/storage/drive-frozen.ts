// Proves R6: a pool drive that freezes holds up storing alone: live calls and new INVITEs go on.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/drive-frozen",
  title: "The pool's drive freezes for 10 s while calls run and another comes",
  proves: ["R6", "R4"],
  fieldFault: "storage-stalls",
  modes: ["virtual"],
  notElsewhere: "storage/frozen-file-system does it on a real file system",
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
    await talk({ seconds: 10 });
    world.freezesDrive(0);
    await alice.hangsUp();
    await talk({ seconds: 4 });
    await third.calls("2003");
    await carol.answers();
    await carol.isBeingRecorded();
    // The API answers meanwhile.
    await supervisor.pauses(bob);
    await talk({ seconds: 1 });
    await supervisor.resumes(bob);
    await talk({ seconds: 4 });
    world.healsDrive(0);
    await talk({ seconds: 5 });
    await bob.hangsUp();
    await carol.hangsUp();
    await recorder.hasStored(3);
  },
  expects: { recordings: [{ outcome: "ok" }, { outcome: "ok" }, { outcome: "ok" }] },
});
