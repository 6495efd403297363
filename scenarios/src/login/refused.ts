// Proves R10: each refusal of a login is told as what it is, and no password is tried in a loop.
import { scenario } from "../language/index.ts";

const RESULTS = {
  password: { result: 0x80000041, code: "DEVLINK3_AUTHENTICATION_FAILED" },
  limits: { result: 0x80000042, code: "DEVLINK3_LIMITS_EXCEEDED" },
  later: { result: 0x80000043, code: "DEVLINK3_RETRY_LATER" },
  licence: { result: 0x80000044, code: "DEVLINK3_LICENCE_MISSING" },
  unknown: { result: 0x8000004f, code: "DEVLINK3_REFUSED" },
} as const;

export default scenario({
  name: "login/refused",
  title: "The link is lost, and the IP Office refuses every login from then on",
  proves: ["R10", "R25"],
  matrix: { refusal: ["password", "limits", "later", "licence", "unknown"] },
  async story({ caller, agent, talk, oddities, pbx, recorder }, { refusal }) {
    const { result, code } = RESULTS[refusal];
    oddities.devlink3.refuseLogin = result;
    pbx.resetConnections();
    await recorder.tellsOfLink({ code });
    // Nobody asks for it to be recorded; what is told of the link is the reason.
    const outside = caller();
    const alice = agent("Alice");
    await outside.calls("Alice");
    await alice.answers();
    await talk({ seconds: 8, liveSeconds: 1 });
    await outside.hangsUp();
  },
  expects: { recordings: [] },
});
