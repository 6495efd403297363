// Proves R13: times of day in a named zone. The virtual world's clock is known to the second, so
// that one rule's hours are now and the other's are not.
import { scenario } from "../language/index.ts";

const EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export default scenario({
  name: "rules/times",
  title: "A rule for hours that are never now keeps nothing; one for all days keeps the call",
  proves: ["R13"],
  recorder: {
    rules: [
      {
        title: "Alice on no day",
        kind: "agent",
        match: { agents: ["2001"] },
        // Live, one minute of the week is not this.
        times: [{ days: ["mon"], from: "00:00", to: "00:01" }],
        timezone: "Pacific/Kiritimati",
      },
      {
        title: "Bob on all days",
        kind: "agent",
        match: { agents: ["2002"] },
        times: [
          { days: EVERY_DAY, from: "12:00", to: "24:00" },
          { days: EVERY_DAY, to: "12:00" },
        ],
        timezone: "America/New_York",
      },
    ],
  },
  async story({ caller, agent, talk, supervisor }) {
    const outside = caller();
    for (const one of [agent("2001"), agent("2002")]) {
      await outside.calls(one.extension);
      await one.answers();
      await one.isBeingRecorded();
      await talk({ seconds: 3, liveSeconds: 1 });
      await one.hangsUp();
    }
    await supervisor.sees("Alice's call met no rule", ({ other }) => other.length === 1);
  },
  expects: {
    recordings: [{ outcome: "ok", extension: "2002", rule: "Bob on all days" }],
    discards: [null],
  },
});
