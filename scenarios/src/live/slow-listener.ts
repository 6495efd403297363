// Proves R5: a listener that stops taking anything loses its own frames and is told how many; the
// recording, and who listens beside it, lose nothing.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "live/slow-listener",
  title: "One of two listeners is stuck for half a minute, then goes on",
  proves: ["R5"],
  async story({ caller, agent, supervisor, talk, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 4, liveSeconds: 1 });
    const slow = await supervisor.listensTo(alice);
    const quick = await supervisor.listensTo(alice);
    await talk({ seconds: 2, liveSeconds: 1 });
    await slow.isStopped();
    await talk({ seconds: 30, liveSeconds: 10 });
    await slow.goesOn();
    await talk({ seconds: 4, liveSeconds: 1 });
    await alice.hangsUp();
    for (const listener of [slow, quick]) {
      await until("the listener is told of the end", () => listener.hasEnded());
    }
    await until(`the slow one alone lost something: ${slow.lostFrames()} frames`, () => {
      return slow.lostFrames() > 50 && quick.lostFrames() === 0;
    });
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
