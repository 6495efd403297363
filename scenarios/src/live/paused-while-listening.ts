// Proves R5, R21: while a recording is paused its listeners are told so and hear the fill, never
// the voice; nor does who joins from the beginning, during the pause or after it.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "live/paused-while-listening",
  title: "A card number is read out during a pause, with listeners before, during and after it",
  proves: ["R5", "R21"],
  async story({ caller, agent, supervisor, talk, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    const before = await supervisor.listensTo(alice);
    await supervisor.pausesRecordingOf(alice);
    await talk({ seconds: 8, liveSeconds: 1 });
    const during = await supervisor.listensTo(alice, "beginning");
    await talk({ seconds: 4, liveSeconds: 1 });
    await supervisor.resumesRecordingOf(alice);
    await talk({ seconds: 6, liveSeconds: 1 });
    const after = await supervisor.listensTo(alice, "beginning");
    await talk({ seconds: 3, liveSeconds: 1 });
    await alice.hangsUp();
    for (const listener of [before, during, after]) {
      await until("the listener is told of the end", () => listener.hasEnded());
    }
    await until(`told of pause and resume: ${before.news().join()}`, () =>
      before.news().join().startsWith("paused,resumed"),
    );
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
