// Proves R18, R19: filters take another level while calls go on: off, no line more; DEBUG, all.
import { parsedLines } from "../language/log-lines.ts";
import { scenario } from "../language/index.ts";

const DEVLINK = "Recording Library > Server Edition > DevLink Active Recording";
const SIP = "Recording Library > SIP";

export default scenario({
  name: "support/filters-switched",
  title: "In mid-call the DevLink filter is switched off and SIP to DEBUG; a second call shows it",
  proves: ["R18", "R19"],
  recorder: { log: { level: "info" } },
  async story({ caller, agent, talk, recorder }) {
    const [alice, bob] = [agent("2001"), agent("2002")];
    const first = caller("+4930111");
    await first.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 4, liveSeconds: 1 });
    let before = 0;
    await recorder.logs("server.log", "a request was made", (lines) => {
      before = lines.filter((line) => line.includes("start recording requested")).length;
      return before > 0;
    });

    await recorder.reloads({
      changes: { log: { filters: { [DEVLINK]: "error", [SIP]: "debug" } } },
    });
    const second = caller("+4930222");
    await second.calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    await talk({ seconds: 4, liveSeconds: 1 });
    await second.hangsUp();
    await first.hangsUp();
    await recorder.hasStored(2);

    await recorder.logs(
      "server.log",
      "nothing more was logged of requests",
      (lines) =>
        lines.filter((line) => line.includes("start recording requested")).length === before,
    );
    await recorder.logs(
      "library.log",
      "SIP messages are logged now, and no other debug",
      (lines) => {
        const debug = parsedLines(lines).filter((line) => line["level"] === "debug");
        return debug.length > 0 && debug.every((line) => line["filter"] === SIP);
      },
    );
  },
  expects: {
    recordings: [
      { outcome: "ok", part: 1 },
      { outcome: "ok", part: 1 },
    ],
  },
});
