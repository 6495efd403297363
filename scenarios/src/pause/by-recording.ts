// Proves R21: pause and resume by the live stream id, twice each: the second request changes
// nothing.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "pause/by-recording",
  title: "A recording is paused and resumed by its live stream id, and asked for it twice",
  proves: ["R21"],
  async story({ caller, agent, supervisor, talk, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    const listener = await supervisor.listensTo(alice);
    const results = [await supervisor.pausesRecordingOf(alice)];
    await talk({ seconds: 4, liveSeconds: 1 });
    results.push(await supervisor.pausesRecordingOf(alice));
    await talk({ seconds: 4, liveSeconds: 1 });
    results.push(await supervisor.resumesRecordingOf(alice));
    await talk({ seconds: 4, liveSeconds: 1 });
    results.push(await supervisor.resumesRecordingOf(alice));
    await until(
      `done, and then already so: ${results.join()}`,
      () => results.join() === "applied,already,applied,already",
    );
    await alice.hangsUp();
    await until("the listener is told of the end", () => listener.hasEnded());
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
