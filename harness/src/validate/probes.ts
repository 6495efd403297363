// All that a validation measures, in the order in which it does: what stands in one stage runs at
// the same time. A new probe is one file, and a line here.
import { longRunProbe } from "./long-run-probe.ts";
import { mediaProbe } from "./media-probe.ts";
import { mtuProbe } from "./mtu-probe.ts";
import { officeProbe } from "./office-probe.ts";
import type { Probe, ValidateOptions } from "./probe.ts";
import { rampProbe } from "./ramp-probe.ts";
import { signallingProbe } from "./signalling-probe.ts";
import { silenceProbe } from "./silence-probe.ts";
import { accountProbe, greetingProbe } from "./responder-probe.ts";
import { siteProbe } from "./site-probe.ts";

export const STAGES: readonly (readonly Probe[])[] = [
  [greetingProbe],
  [signallingProbe],
  [mtuProbe, officeProbe],
  [mediaProbe, rampProbe, siteProbe, silenceProbe, longRunProbe],
  [accountProbe],
];

/** The stages with what these options want of them. */
export function wantedStages(options: ValidateOptions): Probe[][] {
  return STAGES.map((stage) => stage.filter((probe) => probe.isWanted(options))).filter(
    (stage) => stage.length > 0,
  );
}
