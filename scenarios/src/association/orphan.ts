// Proves R7, R18: with no link nobody tells what call it is: it is recorded all the same, kept, and
// listed apart in the daily report.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "association/orphan",
  title: "The DevLink3 link is refused: the call is an orphan, and the report says so",
  proves: ["R7", "R18"],
  linkComesUp: false,
  site: {
    record: "always",
    recorder: "sip:recorder@192.0.2.10:5060",
    devlink3: { recordingExtension: false, licences: 0 },
  },
  modes: ["virtual"],
  notElsewhere: "the site must name the recorder's address; live/record-always has its own test",
  async story({ caller, agent, talk, recorder, supervisor }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 10 });
    await alice.hangsUp();
    await recorder.isIdle();
    await supervisor.finds("/api/v1/reconciliation", "one orphan, and no call known", (body) => {
      const { summary, unknown } = body as {
        readonly summary: Readonly<Record<string, number>>;
        readonly unknown: readonly { readonly why: string }[];
      };
      const isApart = summary["orphans"] === 1 && summary["calls"] === 0;
      return isApart && unknown[0]?.why === "not-connected";
    });
  },
  expects: { recordings: [{ outcome: "ok", rung: "orphan" }] },
});
