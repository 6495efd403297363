// Which addresses belong to somebody's own network: traffic to all others needs --i-may. RFC 1918,
// RFC 6598 (carrier NAT), RFC 5737 (documentation), RFC 3927, RFC 4193, RFC 4291, RFC 3849

const PRIVATE_V4: readonly (readonly [network: string, bits: number])[] = [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
  ["192.0.2.0", 24],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["198.18.0.0", 15],
];

/** True for an address out in the internet. Anything that is no address counts as public. */
export function isPublicAddress(host: string): boolean {
  const text = host.toLowerCase().replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  const four = v4Number(mapped ?? text);
  if (four !== null) return !PRIVATE_V4.some(([network, bits]) => isWithin(four, network, bits));
  if (text === "::1" || text === "::") return false;
  // fc00::/7 unique local, fe80::/10 link local, 2001:db8::/32 documentation.
  return !/^(f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|2001:db8:)/.test(text);
}

/** Loopback: only this machine itself. */
export function isLoopback(host: string): boolean {
  return host === "::1" || host === "localhost" || host.startsWith("127.");
}

/** No address at all: "any". */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function v4Number(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const parts = match.slice(1).map(Number);
  return parts.every((part) => part < 256)
    ? parts.reduce((sum, part) => sum * 256 + part, 0)
    : null;
}

function isWithin(address: number, network: string, bits: number): boolean {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) === Math.floor((v4Number(network) ?? 0) / size);
}
