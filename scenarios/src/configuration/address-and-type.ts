// Proves R11, R12, R13: a recording source of another type and an address that is none of the
// recorder's own are refused by name; the call that runs meanwhile, with the good ones, goes on.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "configuration/address-and-type",
  title: "Another source type, a wildcard, loopback or `localhost` as address are refused",
  proves: ["R11", "R12", "R13"],
  async story({ caller, agent, talk, recorder }) {
    const alice = agent("2001");
    const outside = caller("+4930111");
    await outside.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 5, liveSeconds: 1 });

    await recorder.refuses({ changes: { recorder: { type: "TAPI" } } }, ["recorder.type"]);
    const simulation = { allowLoopback: false };
    for (const address of ["0.0.0.0", "localhost", "127.0.0.1"]) {
      const changes = { recorder: { address }, simulation };
      await recorder.refuses({ changes }, ["recorder.address"]);
    }
    const both = { recorder: { address: "::", type: "SIPREC" }, simulation };
    await recorder.refuses({ changes: both }, ["recorder.type", "recorder.address"]);

    await talk({ seconds: 5, liveSeconds: 1 });
    await outside.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok", part: 1, extension: "2001" }] },
});
