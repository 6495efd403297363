// Proves R4, R23: packets that no key of the call opens are never recorded, and it is told.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/wrong-key",
  title: "SRTP with another key than the one offered: nothing is recorded",
  proves: ["R4", "R23"],
  site: { srtp: true },
  sipTls: true,
  async story({ caller, agent, talk, oddities, recorder }) {
    oddities.sip.srtpWrongKey = true;
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 3 });
    await alice.hangsUp();
    await recorder.journals("packets that nothing opens count as foreign", ([journal = []]) => {
      const counted = journal.find(({ type }) => type === "statistics");
      return counted?.["packetsReceived"] === 0 && Number(counted["packetsStray"]) > 100;
    });
  },
  expects: { recordings: [{ outcome: "failed", why: "no-media", part: 1 }] },
});
