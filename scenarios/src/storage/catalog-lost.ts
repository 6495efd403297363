// Proves R6: the catalog is lost with the process; the next start rebuilds it from the files.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "storage/catalog-lost",
  title: "The catalog is gone after a crash: every recording is in it again",
  proves: ["R6"],
  modes: ["virtual"],
  notElsewhere: "live, the catalog is a file that survives the process; the CLI tests delete it",
  async story({ caller, agent, talk, recorder }) {
    const outside = caller();
    const alice = agent("2001");
    for (const seconds of [5, 8]) {
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds });
      await alice.hangsUp();
    }
    await recorder.hasStored(2);
    await recorder.crashes();
    await recorder.restarts();
    await recorder.isIdle();
  },
  expects: { recordings: [{ outcome: "ok" }, { outcome: "ok" }] },
});
