// Free ports of this machine for one run. Somebody else may take one between the look and the use;
// the run then fails with PORT_IN_USE, which says so.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Linux gives listeners odd ports only: an even one is looked for beside what it gives. */
const TRIES = 50;

/** A UDP port that is free together with the same TCP port; even when asked. */
export async function freePort(host: string, isEven = false): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const given = await listenBriefly(host, 0);
    if (given === null) continue;
    const port = isEven ? given + (given % 2) : given;
    const isTcpFree = port === given || (await listenBriefly(host, port)) !== null;
    if (isTcpFree && (await isUdpFree(host, port))) return port;
  }
  throw new Error(`no free port found on ${host} in ${TRIES} tries`);
}

/** The port that was bound, free again; null when it is taken. */
function listenBriefly(host: string, port: number): Promise<number | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(null));
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : null));
    });
  });
}

function isUdpFree(host: string, port: number): Promise<boolean> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });
}
