// Faults that tell what they do: a scenario breaks something, and the timeline of its run shows
// from when to when. Whatever a fault does, it does as before.
import type { Faults } from "./environment.ts";
import type { FaultObservation } from "./observations.ts";

/** Over at once; everything else lasts until something is healed. */
const MOMENTS: ReadonlySet<string> = new Set(["resetStreams", "stepClock", "crashAtDiskCall"]);

const WORDS: Readonly<Record<string, string>> = {
  datagrams: "datagrams",
  streams: "streams",
  resetStreams: "connections reset",
  cut: "network cut",
  allowOnly: "firewall allows only",
  driveSpace: "room on drive",
  freezeDrive: "drive frozen",
  loseDrive: "drive lost",
  crashAtDiskCall: "crash at a disk call",
  webhookAnswers: "webhooks answered",
  slowLiveDisk: "live disk slow",
  freezeLiveDisk: "live disk frozen",
  stepClock: "clock stepped",
};

/** The same faults; `tell` hears of each before it happens. */
export function observedFaults(
  faults: Faults,
  tell: (fault: Omit<FaultObservation, "atMs">) => void,
): Faults {
  const wrapped = Object.entries(faults as unknown as Record<string, (...given: unknown[]) => void>)
    .filter(([, act]) => typeof act === "function")
    .map(([name, act]) => {
      return [
        name,
        (...given: unknown[]): void => {
          tell(describe(name, given));
          act(...given);
        },
      ] as const;
    });
  return Object.fromEntries(wrapped) as unknown as Faults;
}

function describe(name: string, given: readonly unknown[]): Omit<FaultObservation, "atMs"> {
  const isHealing = name.startsWith("heal") || (name === "cut" && given[0] === false);
  const details = given
    .filter((one) => typeof one !== "boolean")
    .map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  const text = [WORDS[name] ?? name, ...details].join(" ");
  return { text, isHealing, isMoment: MOMENTS.has(name) };
}
