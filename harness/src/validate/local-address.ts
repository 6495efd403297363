// Names to addresses, and which of this machine's addresses a packet to the recorder leaves from:
// the address that stands in Via, Contact and SDP. Live only.
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** An IP literal for a host; null when the name is unknown. */
export async function resolveHost(host: string): Promise<string | null> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch {
    return lookup(host).then(
      ({ address }) => address,
      () => null,
    );
  }
}

/** The kernel chooses by its routes; nothing is sent. null when there is no route. */
export function localAddressTowards(host: string, port: number): Promise<string | null> {
  const socket = createSocket(isIP(host) === 6 ? "udp6" : "udp4");
  return new Promise((resolve) => {
    const end = (address: string | null): void => {
      socket.close();
      resolve(address);
    };
    socket.once("error", () => end(null));
    socket.connect(port, host, () => end(socket.address().address));
  });
}
