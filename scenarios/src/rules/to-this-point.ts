// Proves R13: everything up to an event: a call that was held and then transferred is kept, one
// that only was transferred is not.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "rules/to-this-point",
  title: "Kept: calls that were held before they were transferred, and never parked",
  proves: ["R13"],
  recorder: {
    rules: [
      {
        title: "Held, then transferred",
        kind: "advanced-to-this-point",
        match: {
          happened: [{ events: ["held"], agents: ["2001"] }, { events: ["transferred"] }],
          notHappened: [{ events: ["parked"] }],
        },
      },
    ],
  },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    const [alice, bob] = [agent("2001"), agent("2002")];
    for (const isHeld of [true, false]) {
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 5, liveSeconds: 2 });
      if (isHeld) {
        await alice.holds();
        await talk({ seconds: 5, liveSeconds: 1 });
        await alice.retrieves();
        await talk({ seconds: 2, liveSeconds: 1 });
      }
      await alice.transfersBlindTo("2002");
      await bob.answers();
      await bob.isBeingRecorded();
      await talk({ seconds: 5, liveSeconds: 2 });
      await bob.hangsUp();
    }
    await supervisor.sees(
      "the call that was not held met no rule",
      ({ record, other }) => record.length === 0 && other.length === 1,
    );
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", rule: "Held, then transferred" },
      { outcome: "ok", part: 2, extension: "2002", rule: "Held, then transferred" },
    ],
    discards: [null, null],
  },
});
