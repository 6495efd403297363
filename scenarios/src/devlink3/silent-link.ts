// Proves R10: a link that is silent is a link that is lost; the recording goes on.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "devlink3/silent-link",
  title: "Test packets get no answer: the link is given up and made anew",
  proves: ["R10"],
  modes: ["virtual"],
  notElsewhere: "silence is noticed after 40 s",
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.silentTest = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 120 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
