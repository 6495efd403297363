// Proves R10, R1: each way to trust the certificate, asked for ours or not, over each transport.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "tls/each-trust",
  title: "DevLink3 over TLS by authority and by pin, with and without a certificate of ours",
  proves: ["R10", "R1"],
  matrix: {
    trust: ["authority", "pin"],
    ours: ["unasked", "shown"],
    transport: ["udp", "tcp"],
  },
  modes: ({ ours }) => (ours === "shown" ? ["virtual"] : undefined),
  notElsewhere: ({ ours }) =>
    ours === "shown" ? "a real one is in harness/test/live/devlink3-tls.test.ts" : undefined,
  tls: ({ trust, ours }) => ({ trust, ...(ours === "shown" ? { mutual: "good" as const } : {}) }),
  recorder: ({ transport }) => ({ sip: { transports: [transport] } }),
  async story({ caller, agent, talk, recorder }) {
    await recorder.tellsOfLink({ state: "streaming", code: null });
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 8, liveSeconds: 1 });
    await alice.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, rung: 1 }] },
});
