// Proves R21: a rule pauses while an event goes on, here a hold that the IP Office keeps recording.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/rule-on-hold",
  title: "A rule pauses the recording while the caller is on hold",
  proves: ["R21"],
  site: { hold: "keep" },
  recorder: {
    rules: [
      { title: "Everything", kind: "external-number", match: { numbers: ["*"] } },
      {
        title: "Nothing of what is said on hold",
        kind: "advanced-event",
        action: "pause",
        match: { events: ["held"] },
      },
    ],
  },
  async story({ caller, agent, supervisor, talk }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await alice.holds();
    await supervisor.seesPaused(alice);
    await talk({ seconds: 6, liveSeconds: 1 });
    await alice.retrieves();
    await supervisor.seesRecordedAgain(alice);
    await talk({ seconds: 6, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, rule: "Everything" }] },
});
