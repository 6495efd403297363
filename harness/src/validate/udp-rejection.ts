// What is sent to learn whether a silent UDP port is rejected or dropped: the remedies differ. The
// answer is ICMP, which only live sockets hear (live/udp-rejection.ts).
import type { TrafficRow } from "@tapeline/reports";
import { IP_UDP_BYTES } from "./traffic.ts";

/** The keep-alive of RFC 5626 §4.4.1: no SIP stack answers it with more, no RTP receiver minds. */
export const REJECTION_PROBE = "\r\n\r\n";
/** An ICMP message may be lost or limited in rate. */
export const REJECTION_PROBES = 4;

export function rejectionTraffic(to: string): TrafficRow {
  const bytes = REJECTION_PROBES * (IP_UDP_BYTES + REJECTION_PROBE.length);
  return {
    ...{ what: "Keep-alives, only to a port that is silent", protocol: "UDP", to },
    ...{ packets: REJECTION_PROBES, bytes, bitsPerSecond: 1_000, seconds: 1 },
  };
}
