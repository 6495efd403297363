// The real ports of this machine for a simulated IP Office.
import { nodeClock, nodeRandom, nodeTcp, nodeUdp } from "@tapeline/recorder/ports/node";
import type { PbxPorts } from "@tapeline/simulator/pbx";

export function realPorts(): PbxPorts {
  return { clock: nodeClock(), random: nodeRandom(), udp: nodeUdp(), tcp: nodeTcp() };
}

/** How often npm is looked for, under npm. */
const LAUNCHER_LOOK_MS = 500;

/**
 * Resolves at SIGINT or SIGTERM; under npm also when npm has gone, because a signal that stops
 * `npx testbed …` ends at the shell between npm and us.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
    if (process.env["npm_command"] === undefined) return;
    const launchedBy = process.ppid;
    const look = setInterval(() => {
      if (process.ppid === launchedBy) return;
      clearInterval(look);
      resolve();
    }, LAUNCHER_LOOK_MS);
    look.unref();
  });
}
