// Proves R3, R4: at the limit of open files a call is answered all the same, and its audio, kept in
// memory meanwhile, reaches the disk as soon as files can be opened again.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/files-run-out",
  title: "No further file can be opened for 8 s while Alice talks and Bob's call comes",
  proves: ["R3", "R4"],
  fieldFault: "descriptors-exhausted",
  modes: ["virtual"],
  notElsewhere: "a real process at its limit can open no socket of the test either",
  async story({ caller, agent, talk, world }) {
    const [alice, bob] = [agent("Alice"), agent("Bob")];
    await caller("+49301").calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5 });
    world.runsOutOfFiles();
    await caller("+49302").calls("Bob");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 8 });
    world.heals();
    await talk({ seconds: 8 });
    await alice.hangsUp();
    await bob.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok" }, { outcome: "ok" }] },
});
