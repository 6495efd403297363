// Ethernet, IP, UDP and TCP headers around captured payloads, so that a packet analyser can open
// what never had such headers (the virtual network, a socket's datagrams). Pure codec, write only.
// RFC 791 (IPv4), RFC 8200 (IPv6), RFC 768 (UDP), RFC 9293 (TCP), RFC 1071 (checksum).
import { addressBytes, sameFamily } from "./address.ts";

/** An address and a port as the evidence names them. */
export interface FrameEnd {
  readonly host: string;
  readonly port: number;
}

/** Which way a frame goes. */
export interface FrameRoute {
  readonly from: FrameEnd;
  readonly to: FrameEnd;
}

/** The fields of a TCP header that are not constant here. */
export interface TcpFields {
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
}

export const TCP_SYN = 0x02;
export const TCP_PUSH = 0x08;
export const TCP_ACK = 0x10;

/** Largest payload of a UDP datagram over IPv4. */
export const UDP_PAYLOAD_MAX_BYTES = 65_507;

const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;
const TCP_BYTES = 20;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const HOP_LIMIT = 64;
const WINDOW_BYTES = 65_535;

interface Layout {
  readonly frame: Uint8Array;
  readonly view: DataView;
  /** Where UDP or TCP begins. */
  readonly transportAt: number;
  /** Sum of the pseudo header, not folded. */
  readonly pseudoSum: number;
}

/** One datagram as an Ethernet frame; larger than an MTU stays one frame. */
export function udpFrame(route: FrameRoute, identification: number, data: Uint8Array): Uint8Array {
  if (data.length > UDP_PAYLOAD_MAX_BYTES) {
    throw new RangeError(`a UDP datagram holds at most ${UDP_PAYLOAD_MAX_BYTES} bytes`);
  }
  const length = UDP_BYTES + data.length;
  const layout = beginFrame(route, { identification, protocol: PROTOCOL_UDP, length });
  const { view, transportAt: at } = layout;
  view.setUint16(at, route.from.port);
  view.setUint16(at + 2, route.to.port);
  view.setUint16(at + 4, length);
  layout.frame.set(data, at + UDP_BYTES);
  // "If the computed checksum is zero, it is transmitted as all ones."  RFC 768
  view.setUint16(at + 6, transportChecksum(layout) || 0xffff);
  return layout.frame;
}

/** One TCP segment as an Ethernet frame. */
export function tcpFrame(
  route: FrameRoute,
  identification: number,
  fields: TcpFields,
  data: Uint8Array,
): Uint8Array {
  const length = TCP_BYTES + data.length;
  const layout = beginFrame(route, { identification, protocol: PROTOCOL_TCP, length });
  const { view, transportAt: at } = layout;
  view.setUint16(at, route.from.port);
  view.setUint16(at + 2, route.to.port);
  view.setUint32(at + 4, fields.sequence);
  view.setUint32(at + 8, fields.acknowledgement);
  view.setUint8(at + 12, (TCP_BYTES / 4) << 4);
  view.setUint8(at + 13, fields.flags);
  view.setUint16(at + 14, WINDOW_BYTES);
  layout.frame.set(data, at + TCP_BYTES);
  view.setUint16(at + 16, transportChecksum(layout));
  return layout.frame;
}

function beginFrame(
  route: FrameRoute,
  packet: { identification: number; protocol: number; length: number },
): Layout {
  const [from, to] = sameFamily(addressBytes(route.from.host), addressBytes(route.to.host));
  const isIpv4 = from.length === 4;
  const transportAt = ETHERNET_BYTES + (isIpv4 ? IPV4_BYTES : IPV6_BYTES);
  const frame = new Uint8Array(transportAt + packet.length);
  const view = new DataView(frame.buffer);
  frame.set(macOf(to), 0);
  frame.set(macOf(from), 6);
  view.setUint16(12, isIpv4 ? 0x0800 : 0x86dd);
  if (isIpv4) writeIpv4(view, packet);
  else writeIpv6(view, packet);
  const addressesAt = transportAt - 2 * from.length;
  frame.set(from, addressesAt);
  frame.set(to, addressesAt + from.length);
  if (isIpv4) {
    view.setUint16(ETHERNET_BYTES + 10, fold(sumOf(frame, ETHERNET_BYTES, transportAt)));
  }
  const pseudoSum = sumOf(frame, addressesAt, transportAt) + packet.protocol + packet.length;
  return { frame, view, transportAt, pseudoSum };
}

function writeIpv4(
  view: DataView,
  packet: { identification: number; protocol: number; length: number },
): void {
  const at = ETHERNET_BYTES;
  view.setUint8(at, 0x45);
  view.setUint16(at + 2, IPV4_BYTES + packet.length);
  view.setUint16(at + 4, packet.identification & 0xffff);
  view.setUint16(at + 6, 0x4000); // don't fragment
  view.setUint8(at + 8, HOP_LIMIT);
  view.setUint8(at + 9, packet.protocol);
}

function writeIpv6(view: DataView, packet: { protocol: number; length: number }): void {
  const at = ETHERNET_BYTES;
  view.setUint8(at, 0x60);
  view.setUint16(at + 4, packet.length);
  view.setUint8(at + 6, packet.protocol);
  view.setUint8(at + 7, HOP_LIMIT);
}

/** A locally administered address that shows the host's last four bytes. */
function macOf(address: Uint8Array): Uint8Array {
  return Uint8Array.of(0x02, 0x00, ...address.subarray(address.length - 4));
}

function transportChecksum(layout: Layout): number {
  return fold(layout.pseudoSum + sumOf(layout.frame, layout.transportAt, layout.frame.length));
}

function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) + (at + 1 < to ? (bytes[at + 1] ?? 0) : 0);
  }
  return sum;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
