// Proves R3, R4, R5: a call with SRTP is stored, and heard, as it was spoken.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "srtp/encrypted-call",
  title: "Media Security: Enforced: SIP over TLS, audio by SRTP, with a listener",
  proves: ["R3", "R4", "R5"],
  matrix: { suite: ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] },
  site: ({ suite }) => ({ srtp: true, srtpSuite: suite }),
  sipTls: true,
  async story({ caller, agent, supervisor, talk, until }) {
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    const listener = await supervisor.listensTo(alice);
    await talk({ seconds: 20, liveSeconds: 3 });
    await alice.hangsUp();
    await until("the listener is told of the end", () => listener.hasEnded());
  },
  expects: { recordings: [{ outcome: "ok", part: 1 }] },
});
