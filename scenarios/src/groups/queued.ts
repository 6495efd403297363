// Proves R1, R16, R22: waiting in a queue is no part; the part begins when an agent is free and
// answers.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "groups/queued",
  title: "Sales is busy: the second caller waits in the queue and hears an announcement",
  proves: ["R1", "R16", "R22"],
  site: {
    groups: [
      {
        number: "300",
        name: "Sales",
        members: ["2001"],
        queue: { announcementSeconds: 5, skilled: true },
      },
    ],
    trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 30, ddi: { "5550300": "300" } }],
  },
  async story({ caller, agent, talk }) {
    const [first, second] = [caller("+4930111"), caller("+4930222")];
    const alice = agent("2001");
    await first.calls("300");
    await alice.answers();
    await alice.isBeingRecorded();
    await second.waitsFor("300");
    await second.isQueued();
    await talk({ seconds: 15, liveSeconds: 2 });
    await first.hangsUp();
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });
    await second.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930111", "2001"], linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2001", voices: ["+4930222", "2001"], linkedTo: 0 },
    ],
  },
});
