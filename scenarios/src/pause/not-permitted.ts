// Proves R21: who may be paused, and what the API says where not: 403, 404 without a call; each
// request is on record, and none of them did anything.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/not-permitted",
  title: "Only Bob's recordings may be paused; Alice's go on, and Carol has no call",
  proves: ["R21"],
  fieldFault: "pause-without-effect",
  recorder: { pause: { allow: ["2002"] } },
  async story({ caller, agent, supervisor, talk, until }) {
    const bob = agent("2002");
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    const statuses = [
      await supervisor.isRefused("pause", alice),
      await supervisor.isRefused("resume", alice),
      await supervisor.isRefused("pause", bob),
    ];
    await until(`refused: ${statuses.join()}`, () => statuses.join() === "403,403,404");
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.transfersBlindTo("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 4, liveSeconds: 1 });
    await supervisor.pauses(bob);
    await talk({ seconds: 4, liveSeconds: 1 });
    await supervisor.resumes(bob);
    await talk({ seconds: 4, liveSeconds: 1 });
    await bob.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { outcome: "ok", part: 2, extension: "2002" },
    ],
  },
});
