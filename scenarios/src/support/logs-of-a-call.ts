// Proves R18, R19: at DEBUG each line of a recording carries the three tags; server.log has DevLink
// events with their device call and end, and each request with its result; the raw stream, the
// records and the call model have logs of their own.
import { linesNaming, parsedLines, TAGS } from "../language/log-lines.ts";
import { scenario } from "../language/index.ts";

const FILTER = "Recording Library > Server Edition > DevLink Active Recording";
const RAW_LINE = /^\d{4}-\d\d-\d\dT[\d:.]+Z \S+ (?:in|out) (?:[0-9a-f]{2})+$/;

export default scenario({
  name: "support/logs-of-a-call",
  title: "One call at DEBUG: five logs tell it, and its lines can be found by any of three tags",
  proves: ["R18", "R19"],
  recorder: { log: { level: "debug" } },
  async story({ pbx, caller, agent, supervisor, talk, recorder }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 6, liveSeconds: 1 });
    await supervisor.pauses(alice);
    await supervisor.resumes(alice);
    await alice.hangsUp();
    await recorder.hasStored(1);

    const { sipCallId, streamId, endId } = pbx.truth.conversations[0]?.legs[0] ?? {};
    await recorder.logs("library.log", "every line of the recording has its tags", (lines) => {
      const named = linesNaming(lines, [sipCallId ?? "", streamId ?? ""]);
      const isStored = named.some((line) => line["msg"] === "recording stored");
      return isStored && named.every((line) => TAGS.every((tag) => typeof line[tag] === "string"));
    });
    await recorder.logs(
      "server.log",
      "requests have results, events their call and end",
      (lines) => {
        const all = parsedLines(lines);
        const told = (text: string) => all.filter((line) => String(line["msg"]).startsWith(text));
        const answers = [...told("start recording answered"), ...told("stop recording answered")];
        const events = told("DevLink event Detail");
        return (
          answers.length > 0 &&
          answers.every((line) => "result" in line && line["liveStreamId"] === streamId) &&
          events.every((line) => "deviceCallId" in line && "endId" in line) &&
          events.some((line) => (line["ends"] as readonly unknown[]).includes(endId)) &&
          all.every((line) => line["filter"] === FILTER)
        );
      },
    );
    await recorder.logs(
      "server_edition/call_center.log",
      "the call begins, changes and ends",
      (lines) =>
        ["began", "changed", "ended"].every((what) => lines.join().includes(`"call ${what}"`)),
    );
    await recorder.logs(
      "server_edition/events.log",
      "a line a record",
      (lines) => lines.length > 0 && lines.every((line) => / \S+ (?:SIPTrack )?\{.*\}$/.test(line)),
    );
    await recorder.logs(
      "cd3_log",
      "time, PBX, direction, bytes",
      (lines) => lines.length > 0 && lines.every((line) => RAW_LINE.test(line)),
    );
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
