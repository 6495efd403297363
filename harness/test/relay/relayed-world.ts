// Four hosts of the virtual world for tests: an IP Office and a recorder in two networks, and the
// relay with a host in each. What the relay does is then exact to the microsecond.
import type { Address, UdpSocket } from "@tapeline/recorder/ports";
import { World, type DatagramFate } from "@tapeline/simulator/world";
import type { RelayParty } from "../../src/relay/relay-options.ts";
import { Relay } from "../../src/relay/relay.ts";

export const PBX = "10.0.0.1";
/** What the IP Office takes for the recorder. */
export const RECORDER_FACE = "10.0.0.2";
/** What the recorder takes for the IP Office. */
export const PBX_FACE = "10.0.1.1";
export const RECORDER = "10.0.1.2";
export const SIP_PORT = 5060;
export const RTP_PORT = 5004;
export const DEVLINK3_PORT = 50_797;

export interface RelayedWorldOptions {
  readonly seed?: string;
  readonly pbxUdpPorts?: readonly number[];
}

export async function relayedWorld({ seed = "s", pbxUdpPorts = [] }: RelayedWorldOptions = {}) {
  const world = new World({ seed: `network ${seed}`, trace: "hash" });
  const boot = (name: string, address: string) => world.host(name, address).boot(name);
  const processes = { near: boot("near", RECORDER_FACE), far: boot("far", PBX_FACE) };
  const { ports: near } = processes.near;
  const { ports: far } = processes.far;
  const { ports: pbx } = boot("pbx", PBX);
  const recorderProcess = boot("recorder", RECORDER);
  const { ports: recorder } = recorderProcess;
  // There is no way around the relay.
  world.network.cut("pbx", "recorder", true);
  const fates: DatagramFate[] = [];
  const party = (options: RelayParty): RelayParty => options;
  const relay = new Relay({
    seed,
    clock: near.clock,
    pbx: party({
      ...{ host: PBX, face: PBX_FACE, udp: far.udp, tcp: far.tcp },
      ...{ udpPorts: pbxUdpPorts, tcpPorts: [DEVLINK3_PORT] },
    }),
    recorder: party({
      ...{ host: RECORDER, face: RECORDER_FACE, udp: near.udp, tcp: near.tcp },
      ...{ udpPorts: [SIP_PORT, RTP_PORT, RTP_PORT + 1], tcpPorts: [SIP_PORT] },
    }),
    onFate: (fate) => fates.push(fate),
  });
  await inTime(world, relay.start());
  const leftovers = () => Object.values(processes).flatMap((one) => one.leftovers());
  return { world, relay, pbx, recorder, recorderProcess, fates, leftovers };
}

export type RelayedWorld = Awaited<ReturnType<typeof relayedWorld>>;

/** Moves time until the promise is settled. */
export async function inTime<T>(world: World, promise: Promise<T>, limitMs = 60_000): Promise<T> {
  let isSettled = false;
  const watched = promise.finally(() => {
    isSettled = true;
  });
  watched.catch(() => undefined);
  await world.runUntil(() => isSettled, limitMs);
  return watched;
}

export interface Heard {
  readonly data: Uint8Array;
  readonly source: Address;
  readonly atMs: number;
}

/** A socket and what it hears. */
export async function socketOf(
  { world, pbx, recorder }: RelayedWorld,
  who: "pbx" | "recorder",
  port: number,
): Promise<{ readonly socket: UdpSocket; readonly heard: Heard[] }> {
  const ports = who === "pbx" ? pbx : recorder;
  const host = who === "pbx" ? PBX : RECORDER;
  const heard: Heard[] = [];
  const bound = ports.udp.bind(
    { local: { host, port } },
    {
      onDatagram: (data, source) => heard.push({ data, source, atMs: world.nowMs() }),
      onError: () => undefined,
    },
  );
  return { socket: await inTime(world, bound), heard };
}

/** `count` datagrams, one every 20 ms, each beginning with its number. */
export async function sendPaced(
  { world }: RelayedWorld,
  socket: UdpSocket,
  { count, target, bytes = 172 }: { count: number; target: Address; bytes?: number },
): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const data = new Uint8Array(bytes);
    new DataView(data.buffer).setUint32(0, index);
    socket.send(data, target);
    await world.runFor(20);
  }
  await world.runFor(2_000);
}

export function numberOf({ data }: Pick<Heard, "data">): number {
  return new DataView(data.buffer, data.byteOffset).getUint32(0);
}
