// The edge of the virtual world: what scenarios and harness use of it.
export type * from "./contract.ts";
export { Bottleneck, QUEUE_MS } from "./bottleneck.ts";
export { NetworkPath } from "./network-path.ts";
export type { DatagramJourney, FlowPorts } from "./network-path.ts";
export { seededRandom } from "./seeded-random.ts";
export { linearFromMuLaw, parseStandInSpeex, serializeStandInSpeex } from "./stand-in-speex.ts";
export type { StandInSpeex } from "./stand-in-speex.ts";
export { makeVirtualCertificate, parseVirtualCertificate } from "./tls.ts";
export type { VirtualCertificate } from "./tls.ts";
export { millisecondsOf, ticksFor, WALL_EPOCH_MS } from "./virtual-time.ts";
export { World } from "./world.ts";
