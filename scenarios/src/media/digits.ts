// Proves R4: telephone-events are never written as audio (RFC 4733).
import { scenario } from "../language/index.ts";

export default scenario({
  name: "media/digits",
  title: "Digits are sent as telephone-event: none of it is in the audio",
  proves: ["R4"],
  async story({ caller, agent, talk, oddities }) {
    oddities.sip.telephoneEvents = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 30, liveSeconds: 5 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ part: 1 }] },
});
