// Proves R17: releases before 11.1 tell nobody of a consent: what is not told cannot be obeyed.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "privacy/consent-before-release-11",
  title: "The caller refuses, but a release 11.0 does not tell it: the recording goes on",
  proves: ["R17"],
  site: { version: "IP Office 11.0.4.0 build 42" },
  async story({ caller, agent, talk }) {
    const outside = caller();
    const alice = agent("Alice");
    await outside.calls("Alice");
    await alice.answers();
    await alice.isBeingRecorded();
    await outside.answersConsent("refused");
    await talk({ seconds: 8, liveSeconds: 2 });
    await outside.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
