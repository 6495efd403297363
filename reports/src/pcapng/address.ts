// Host names of the evidence as network addresses for synthesised packet headers. Part of the
// pcapng writer. RFC 4291 §2.2 for the spelling of IPv6. A name that is no address (the virtual
// world may use names) becomes a stable one of 198.18.0.0/15, kept for benchmarks by RFC 2544.
import { isIPv4, isIPv6 } from "node:net";

/** 4 bytes (IPv4) or 16 bytes (IPv6). */
export type AddressBytes = Uint8Array;

const BENCHMARK_HOSTS = 2 ** 17;

/** The bytes of an address, or of a stand-in for a name; never fails. */
export function addressBytes(host: string): AddressBytes {
  const bare = host.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (isIPv4(bare)) return ipv4Bytes(bare);
  if (!isIPv6(bare)) return standIn(host);
  const bytes = ipv6Bytes(bare);
  return isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** Both ends in one family: an IPv4 end facing an IPv6 end is written as ::ffff:a.b.c.d. */
export function sameFamily(
  a: AddressBytes,
  b: AddressBytes,
): readonly [AddressBytes, AddressBytes] {
  if (a.length === b.length) return [a, b];
  return [asIpv6(a), asIpv6(b)];
}

function asIpv6(address: AddressBytes): AddressBytes {
  if (address.length === 16) return address;
  const mapped = new Uint8Array(16);
  mapped.set([0xff, 0xff], 10);
  mapped.set(address, 12);
  return mapped;
}

function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  );
}

function ipv4Bytes(text: string): Uint8Array {
  return Uint8Array.from(text.split("."), Number);
}

function ipv6Bytes(text: string): Uint8Array {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const spelled = dotted === null ? text : `${dotted[1]}${asGroups(ipv4Bytes(dotted[2] ?? ""))}`;
  const [head = "", tail] = spelled.split("::");
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => 0);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  [...front, ...zeros, ...back].forEach((group, index) => view.setUint16(index * 2, group));
  return bytes;
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function asGroups(ipv4: Uint8Array): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4;
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function standIn(name: string): Uint8Array {
  let hash = 0;
  for (let index = 0; index < name.length; index += 1) {
    hash = (hash * 31 + name.charCodeAt(index)) % BENCHMARK_HOSTS;
  }
  return Uint8Array.of(198, 18 + (hash >> 16), (hash >> 8) & 0xff, hash & 0xff);
}
