// Proves R16: an IP Office that says nothing when VCM channels run out leaves no request open.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "vcm/refused-in-silence",
  title: "No VCM channel is free, and the IP Office does not even answer the request",
  proves: ["R16"],
  fieldFault: "vcm-short",
  modes: ["virtual"],
  notElsewhere: "the request is given up after a time that is too long for live runs",
  site: { vcm: { channels: 1 } },
  async story({ caller, agent, talk, oddities }) {
    oddities.devlink3.vcmRefusal = "silence";
    const outside = caller();
    const alice = agent("2001");
    await outside.calls("2001");
    await alice.answers();
    await talk({ seconds: 60 });
    await alice.hangsUp();
  },
  expects: { recordings: [], failedParts: ["request-refused"] },
});
