// The real ports of this machine for a simulated IP Office.
import { nodeClock, nodeRandom, nodeTcp, nodeUdp } from "@tapeline/recorder/ports/node";
import type { PbxPorts } from "@tapeline/simulator/pbx";

export function realPorts(): PbxPorts {
  return { clock: nodeClock(), random: nodeRandom(), udp: nodeUdp(), tcp: nodeTcp() };
}

/** Resolves at SIGINT or SIGTERM. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
