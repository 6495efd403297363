// Proves R6, R13, R19: a reload in mid-call changes rules, pool and log level; no sample is lost,
// the call goes to the new drive, and the next call obeys the new rules.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "configuration/reload-mid-call",
  title: "Rules, pool and log level are changed by a reload while Alice talks; the call goes on",
  proves: ["R6", "R13", "R19"],
  drives: 2,
  async story({ caller, agent, talk, recorder }) {
    const [alice, bob] = [agent("2001"), agent("2002")];
    const first = caller("+4930111");
    await first.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10, liveSeconds: 2 });

    await recorder.reloads({
      drives: [1],
      changes: {
        log: { level: "info" },
        rules: [
          { title: "Not Bob", kind: "agent", match: { agents: ["2002"] }, record: false },
          { title: "Alice", kind: "agent", match: { agents: ["2001"] } },
        ],
      },
    });
    await talk({ seconds: 10, liveSeconds: 2 });
    await first.hangsUp();
    await recorder.hasStored(1);

    const second = caller("+4930222");
    await second.calls("2002");
    await bob.answers();
    await talk({ seconds: 5, liveSeconds: 1 });
    await second.hangsUp();
  },
  expects: {
    recordings: [{ outcome: "ok", part: 1, extension: "2001", drive: 1, rule: "Alice" }],
    discards: ["Not Bob"],
  },
});
