// What the relay stands between, and what it does to the traffic. The IP Office takes the face of
// the recorder for the recorder, the recorder the face of the IP Office for the IP Office; port
// numbers stay as they are, so that neither sees the relay unless it acts as a NAT or an ALG.
import type { Clock, Tcp, Udp } from "@tapeline/recorder/ports";
import type { DatagramFate, DatagramFaults, StreamFaults } from "@tapeline/simulator/world";

export type PartyName = "pbx" | "recorder";

/** One of the two that meet over the relay. */
export interface RelayParty {
  /** Where it really is. */
  readonly host: string;
  /** The relay's address that the other one takes for it. */
  readonly face: string;
  /** Sockets of the host on which `face` lies. */
  readonly udp: Udp;
  readonly tcp: Tcp;
  /** Ports on which it hears what the other one sends unasked. */
  readonly udpPorts: readonly number[];
  readonly tcpPorts: readonly number[];
}

export interface RelayOptions {
  /** The n-th datagram of a flow has the same fate under the same seed. */
  readonly seed: string;
  readonly clock: Clock;
  readonly pbx: RelayParty;
  readonly recorder: RelayParty;
  /** Hears of each datagram and its fate, with the addresses that the IP Office sees. */
  readonly onFate?: (fate: DatagramFate) => void;
}

/** A SIP application layer gateway that means well. */
export interface AlgOptions {
  /** What of the IP Office's messages is rewritten to the address `to`. */
  readonly rewrites: readonly ("via" | "contact" | "sdp")[];
  readonly to: string;
}

/** What happens on the way; each direction has a chance of its own. */
export interface RelayFaults {
  readonly datagrams?: DatagramFaults;
  readonly streams?: StreamFaults;
  /** Bits a second each way, all flows together; a queue of QUEUE_MS stands before it. */
  readonly rateBitsPerSecond?: number;
  /** Only the way to this party has the faults: routes differ there and back. */
  readonly only?: "to-pbx" | "to-recorder";
  readonly alg?: AlgOptions;
  /** The IP Office is behind a NAT: ports of its own, each forgotten after this much idleness. */
  readonly natIdleMs?: number;
  /** The NAT gives a port the same number outside, where it is free. */
  readonly natKeepsPorts?: boolean;
}

export function otherParty(name: PartyName): PartyName {
  return name === "pbx" ? "recorder" : "pbx";
}
