// Free ports of this machine for one run. Somebody else may take one between the look and the use;
// the run then fails with PORT_IN_USE, which says so.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** A UDP port that is free together with the same TCP port; even when asked. */
export async function freePort(host: string, isEven = false): Promise<number> {
  for (;;) {
    const server = createServer();
    server.listen(0, host);
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const isUsable = (!isEven || port % 2 === 0) && (await isUdpFree(host, port));
    server.close();
    await once(server, "close");
    if (isUsable) return port;
  }
}

async function isUdpFree(host: string, port: number): Promise<boolean> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const bound = new Promise<boolean>((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, host, () => resolve(true));
  });
  const isFree = await bound;
  socket.close();
  return isFree;
}
