// Proves R1: music and announcements of a queue are nobody's talk; the agent's call is recorded.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "groups/announcement",
  title: "A caller hears the queue's announcement, and then an agent",
  proves: ["R1", "R22"],
  modes: ["virtual"],
  notElsewhere: "an announcement takes its time",
  site: {
    groups: [{ number: "300", members: ["2001"], queue: { announcementSeconds: 5 } }],
  },
  async story({ caller, agent, talk }) {
    const [first, second] = [caller("+4930111"), caller("+4930222")];
    const alice = agent("2001");
    await first.calls("300");
    await alice.answers();
    await alice.isBeingRecorded();
    await second.waitsFor("300");
    await second.isQueued();
    await talk({ seconds: 15 });
    await first.hangsUp();
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6 });
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001", linkedTo: 0 },
      { outcome: "ok", part: 1, extension: "2001", linkedTo: 0 },
    ],
  },
});
