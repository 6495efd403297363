// Captured datagrams and stream chunks as a pcapng file that Wireshark and tshark open: the
// evidence of a run. Pure: packets in, bytes out.
// draft-ietf-opsawg-pcapng: section header §4.1, interface description §4.2, enhanced packet §4.3.
import type { CapturedPacket } from "./evidence.ts";
import { udpFrame } from "./pcapng/frames.ts";
import { endKey, TcpConversation } from "./pcapng/tcp-stream.ts";

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const LINK_TYPE_ETHERNET = 1;
/** Nothing is cut: larger than any frame that can be built here. */
const SNAP_LENGTH_BYTES = 262_144;
const OPTION_END = 0;
const OPTION_INTERFACE_NAME = 2;
const OPTION_USER_APPLICATION = 4;
const OPTION_TIME_RESOLUTION = 9;
/** 10⁻⁶ s: a number of epoch ms holds no more than that. */
const MICROSECONDS = 6;
const PACKET_FIXED_BYTES = 32;

/** The packets in the order of their times as one pcapng section with one interface. */
export function renderPcapng(packets: readonly CapturedPacket[]): Uint8Array {
  const parts = [sectionHeader(), interfaceDescription()];
  const conversations = new Map<string, TcpConversation>();
  let datagrams = 0;
  for (const packet of [...packets].sort((a, b) => a.wallTimeMs - b.wallTimeMs)) {
    if (packet.protocol === "udp") {
      datagrams += 1;
      parts.push(enhancedPacket(packet.wallTimeMs, udpFrame(packet, datagrams, packet.data)));
      continue;
    }
    for (const frame of conversationOf(conversations, packet).push(packet.from, packet.data)) {
      parts.push(enhancedPacket(packet.wallTimeMs, frame));
    }
  }
  return Buffer.concat(parts);
}

function conversationOf(
  conversations: Map<string, TcpConversation>,
  packet: CapturedPacket,
): TcpConversation {
  const key = [endKey(packet.from), endKey(packet.to)].sort().join(" ");
  const known = conversations.get(key);
  if (known !== undefined) return known;
  const opened = new TcpConversation(packet.from, packet.to);
  conversations.set(key, opened);
  return opened;
}

function sectionHeader(): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, BYTE_ORDER_MAGIC, true);
  view.setUint16(4, 1, true);
  // Section length −1: not given.
  view.setBigInt64(8, -1n, true);
  const options = optionList([[OPTION_USER_APPLICATION, Buffer.from("Tapeline testbed")]]);
  return block(SECTION_HEADER, Buffer.concat([body, options]));
}

function interfaceDescription(): Uint8Array {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, LINK_TYPE_ETHERNET, true);
  view.setUint32(4, SNAP_LENGTH_BYTES, true);
  const options = optionList([
    [OPTION_INTERFACE_NAME, Buffer.from("headers synthesised")],
    [OPTION_TIME_RESOLUTION, Uint8Array.of(MICROSECONDS)],
  ]);
  return block(INTERFACE_DESCRIPTION, Buffer.concat([body, options]));
}

/** Written in one piece, without `block`, because a run may hold 100,000 of them. */
function enhancedPacket(wallTimeMs: number, frame: Uint8Array): Uint8Array {
  const length = PACKET_FIXED_BYTES + padded(frame.length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const timeUs = Math.max(0, Math.round(wallTimeMs * 1_000));
  view.setUint32(0, ENHANCED_PACKET, true);
  view.setUint32(4, length, true);
  view.setUint32(12, Math.floor(timeUs / 2 ** 32), true);
  view.setUint32(16, timeUs % 2 ** 32, true);
  view.setUint32(20, frame.length, true);
  view.setUint32(24, frame.length, true);
  bytes.set(frame, 28);
  view.setUint32(length - 4, length, true);
  return bytes;
}

function block(type: number, body: Uint8Array): Uint8Array {
  const length = 12 + body.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  view.setUint32(length - 4, length, true);
  return bytes;
}

function optionList(options: readonly (readonly [code: number, value: Uint8Array])[]): Uint8Array {
  const parts = options.map(([code, value]) => {
    const bytes = new Uint8Array(4 + padded(value.length));
    const view = new DataView(bytes.buffer);
    view.setUint16(0, code, true);
    view.setUint16(2, value.length, true);
    bytes.set(value, 4);
    return bytes;
  });
  return Buffer.concat([...parts, Uint8Array.of(OPTION_END, 0, 0, 0)]);
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
