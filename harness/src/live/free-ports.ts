// Free ports of this machine for one run. They lie below the range from which systems hand out
// ports of their own accord (from 32,768 on Linux, 49,152 elsewhere), so that no other socket takes
// one between the look and the use, nor while a killed recorder is started again.
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const FIRST_PORT = 20_000;
const END_PORT = 32_000;
const TRIES = 50;

/** A port that is free for UDP and TCP; even, for RTP and for SIP beside TLS, with the next one. */
export async function freePort(host: string, isEven = false): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const any = randomInt(FIRST_PORT, END_PORT);
    const port = isEven ? any - (any % 2) : any;
    if ((await isFree(host, port)) && (!isEven || (await isFree(host, port + 1)))) return port;
  }
  throw new Error(`no free port found on ${host} in ${TRIES} tries`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  return (await isTcpFree(host, port)) && isUdpFree(host, port);
}

export function isTcpFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

export function isUdpFree(host: string, port: number): Promise<boolean> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });
}
