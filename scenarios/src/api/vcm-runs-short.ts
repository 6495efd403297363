// Proves R16: calls + recordings + queued calls near the VCM channels that there are: an alarm
// comes before they run out, with the sum in it, and goes when the calls do.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "api/vcm-runs-short",
  title: "An alarm comes before the VCM channels run out, and goes again",
  proves: ["R16"],
  recorder: { capacity: { vcmChannels: 5, warnAtPercent: 80 } },
  async story({ caller, agent, supervisor, talk }) {
    const [first, second] = [caller("+4930111"), caller("+4930222")];
    const [alice, bob] = [agent("2001"), agent("2002")];
    await first.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await supervisor.finds("/api/v1/alarms", "none at 2 of 5", (body) => !stands(body));
    await second.calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await supervisor.finds("/api/v1/alarms", "2 calls + 2 recordings of 5", isShort);
    await talk({ seconds: 5, liveSeconds: 1 });
    await bob.hangsUp();
    await bob.isNoLongerRecorded();
    await supervisor.finds("/api/v1/alarms", "none again", (body) => !stands(body));
    await alice.hangsUp();
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1, extension: "2001" },
      { outcome: "ok", part: 1, extension: "2002" },
    ],
  },
});

function stands(body: unknown): boolean {
  return JSON.stringify(body).includes("VCM_SHORT");
}

function isShort(body: unknown): boolean {
  const sum = "2 calls + 2 recordings + 0 queued = 4 of 5";
  return stands(body) && JSON.stringify(body).includes(sum);
}
