// Proves R18, R7: for each call of the PBX the report says recorded, missing or not wanted, and
// why; a restart changes nothing of it, and the time of the crash is told as not known.
import { scenario } from "../language/index.ts";

const REPORT = "/api/v1/reconciliation";

export default scenario({
  name: "association/reconciled",
  title: "Recorded, missing, not wanted: the day's report, before and after a crash",
  proves: ["R18", "R7"],
  async story({ caller, agent, talk, oddities, supervisor, recorder }) {
    const [first, second, third] = [caller("+4930111"), caller("+4930222"), caller("+4930333")];
    const alice = agent("2001");
    await first.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });
    await alice.hangsUp();
    oddities.sip.inviteNever = true;
    await second.calls("2001");
    await alice.answers();
    await talk({ seconds: 14, liveSeconds: 12 });
    await alice.hangsUp();
    oddities.sip.inviteNever = false;
    await third.calls("2001");
    await third.hangsUp();
    await recorder.isIdle();
    const wanted = "recorded;missing no SIP call;not-wanted Nobody answered";
    await supervisor.finds(REPORT, wanted, (body) => wordsOf(body) === wanted);
    await recorder.crashes();
    await recorder.restarts();
    const again = `${wanted};stopped`;
    await supervisor.finds(REPORT, again, (body) => `${wordsOf(body)};${gapOf(body)}` === again);
  },
  expects: { recordings: [{ outcome: "ok" }], failedParts: ["no-invite"] },
});

const REASONS = ["no SIP call", "Nobody answered"];

function wordsOf(body: unknown): string {
  const { calls = [] } = body as { calls?: readonly { status: string; reason: string }[] };
  return calls
    .map(({ status, reason }) => {
      const why = REASONS.find((words) => reason.includes(words));
      return why === undefined ? status : `${status} ${why}`;
    })
    .join(";");
}

function gapOf(body: unknown): string {
  const { unknown = [] } = body as { unknown?: readonly { why: string }[] };
  return unknown.at(-1)?.why ?? "none";
}
