// Proves R10: All DevLink3 connections are held by others: told as that, tried again each minute.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "login/connection-limit",
  title: "All DevLink3 connections are held by others: told as that, tried again each minute",
  proves: ["R10"],
  site: { devlink3: { maximumConnections: 0 } },
  linkComesUp: false,
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ code: "DEVLINK3_LIMITS_EXCEEDED" });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [] },
});
