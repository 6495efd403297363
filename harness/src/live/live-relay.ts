// The relay of a live run: four addresses of the loopback network. The recorder takes 127.0.0.1 for
// the IP Office and the IP Office 127.0.0.3 for the recorder; really they are at 127.0.0.2 and .4.
// So SIP, RTP and DevLink3 all pass the relay; the checkers read its fates as in the virtual world.
import { nodeTcp, nodeUdp } from "@tapeline/recorder/ports/node";
import type { Address, Clock } from "@tapeline/recorder/ports";
import type { DatagramFate } from "@tapeline/simulator/world";
import type { Faults } from "../environment/environment.ts";
import { Relay } from "../relay/relay.ts";
import { freePort, isTcpFree, isUdpFree } from "./free-ports.ts";

/** Only Linux has the whole of 127.0.0.0/8 without set-up. */
export const RELAYED_HOSTS = {
  pbx: { host: "127.0.0.2", face: "127.0.0.1" },
  recorder: { host: "127.0.0.4", face: "127.0.0.3" },
} as const;

const PORT_TRIES = 20;

/** The faults that a relay can do. */
type RelayedFaults = Pick<
  Faults,
  "datagrams" | "streams" | "resetStreams" | "cut" | "allowOnly" | "heal"
>;

export interface LiveRelay {
  readonly faults: RelayedFaults;
  close(): Promise<void>;
}

export interface LiveRelayOptions {
  readonly seed: string;
  readonly clock: Clock;
  readonly pbx: { readonly sip: Address; readonly devlink3Port: number };
  readonly recorder: { readonly sipPort: number; readonly rtpPorts: readonly number[] };
  readonly onFate: (fate: DatagramFate) => void;
}

export async function startLiveRelay(options: LiveRelayOptions): Promise<LiveRelay> {
  const { pbx, recorder, ...rest } = options;
  const sockets = { udp: nodeUdp(), tcp: nodeTcp() };
  const relay = new Relay({
    ...rest,
    pbx: {
      ...{ ...RELAYED_HOSTS.pbx, ...sockets },
      udpPorts: [pbx.sip.port],
      tcpPorts: [pbx.devlink3Port, pbx.sip.port],
    },
    recorder: {
      ...{ ...RELAYED_HOSTS.recorder, ...sockets },
      udpPorts: [recorder.sipPort, ...recorder.rtpPorts],
      tcpPorts: [recorder.sipPort],
    },
  });
  await relay.start();
  const ports = {
    devlink3: { udp: [], tcp: [pbx.devlink3Port] },
    sip: { udp: [recorder.sipPort], tcp: [recorder.sipPort, pbx.sip.port] },
    rtp: { udp: recorder.rtpPorts, tcp: [] },
  };
  return {
    faults: {
      // The rate is that of the whole link; each flow has a path of its own.
      datagrams: ({ rateBitsPerSecond, ...datagrams }) =>
        relay.setFaults({ datagrams, rateBitsPerSecond }),
      streams: (streams) => relay.setFaults({ streams }),
      resetStreams: () => relay.resetStreams(),
      cut: (isCut) => relay.cut(isCut),
      allowOnly: (flows) =>
        relay.allowOnly({
          udp: flows.flatMap((flow) => ports[flow].udp),
          tcp: flows.flatMap((flow) => ports[flow].tcp),
        }),
      heal: () => relay.heal(),
    },
    close: () => relay.close(),
  };
}

/** A port that is free where the recorder is and on the face that stands for it. */
export async function relayedPort(isEven = false): Promise<number> {
  const { host, face } = RELAYED_HOSTS.recorder;
  for (let tries = 0; tries < PORT_TRIES; tries += 1) {
    const port = await freePort(host, isEven);
    if (await isFreeOn(face, port, isEven)) return port;
  }
  throw new Error(`no port free on ${host} and ${face} in ${PORT_TRIES} tries`);
}

async function isFreeOn(face: string, port: number, isEven: boolean): Promise<boolean> {
  const wanted = isEven ? [port, port + 1] : [port];
  const free = await Promise.all(wanted.map((one) => isUdpFree(face, one)));
  return free.every(Boolean) && (await isTcpFree(face, port));
}
