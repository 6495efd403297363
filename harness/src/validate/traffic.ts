// What a validation sends: planned beforehand (dry run), counted while it runs, and never more than
// planned. Sizes are at IP, as a link carries them: payload, RTP, UDP and IP headers.
import type { TrafficRow } from "@tapeline/reports";
import type { ValidateOptions } from "./probe.ts";
import { portOf } from "./target.ts";

/** 20 + 8. */
export const IP_UDP_BYTES = 28;
export const IP_TCP_BYTES = 40;
/** IP, UDP, RTP and 20 ms of G.711: 80 kbit/s a call (domain.md). */
export const RTP_PACKET_BYTES = IP_UDP_BYTES + 12 + 160;
export const PACKETS_A_SECOND = 50;
const RTCP_PACKET_BYTES = IP_UDP_BYTES + 28 + 28;
const RTCP_EVERY_SECONDS = 5;
/** INVITE, ACK, BYE of a call, and one repeat of INVITE and BYE. */
const REQUESTS_A_CALL = 5;
const REQUEST_BYTES = 800;

/** RTP and RTCP of calls that are up at the same time. */
export function callTraffic(
  { target }: ValidateOptions,
  load: { readonly calls: number; readonly seconds: number },
): TrafficRow[] {
  const { calls, seconds } = load;
  const { host } = target.recorder;
  const packets = Math.ceil(calls * seconds * PACKETS_A_SECOND);
  const reports = calls * (2 + Math.ceil(seconds / RTCP_EVERY_SECONDS));
  return [
    {
      what: `RTP of ${calls} call${calls === 1 ? "" : "s"}, G.711, 20 ms`,
      protocol: "UDP",
      to: `${host}, the RTP port that the recorder answers`,
      packets,
      bytes: packets * RTP_PACKET_BYTES,
      bitsPerSecond: calls * PACKETS_A_SECOND * RTP_PACKET_BYTES * 8,
      seconds,
    },
    {
      what: "RTCP sender reports",
      protocol: "UDP",
      to: `${host}, RTP port + 1`,
      packets: reports,
      bytes: reports * RTCP_PACKET_BYTES,
      bitsPerSecond: Math.ceil((calls * RTCP_PACKET_BYTES * 8) / RTCP_EVERY_SECONDS),
      seconds,
    },
  ];
}

/** INVITE, ACK and BYE of so many calls. */
export function signallingTraffic({ target }: ValidateOptions, calls: number): TrafficRow {
  const { recorder } = target;
  const { transport } = recorder;
  const packets = calls * REQUESTS_A_CALL;
  const overhead = transport === "udp" ? IP_UDP_BYTES : IP_TCP_BYTES;
  return {
    what: `INVITE, ACK, BYE of ${calls} call${calls === 1 ? "" : "s"}`,
    protocol: transport.toUpperCase(),
    to: `${recorder.host}:${portOf(recorder, transport)}`,
    packets,
    bytes: packets * (REQUEST_BYTES + overhead),
    bitsPerSecond: 0,
    seconds: 0,
  };
}

/** The sum that the user agreed to. */
export function totalBytes(rows: readonly TrafficRow[]): number {
  return rows.reduce((sum, { bytes }) => sum + bytes, 0);
}
