// Is a UDP port rejected? Only a connected socket hears an ICMP "port unreachable" (RFC 1122
// §4.1.3.3), and those of the ports are not connected: so a socket of its own asks. Live only.
import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import type { Address, Clock } from "@tapeline/recorder/ports";
import { REJECTION_PROBE, REJECTION_PROBES } from "../validate/udp-rejection.ts";

const BETWEEN_MS = 150;
const LIMIT_MS = 1_500;

/** True when the host, or a firewall before it, says that nothing is there. */
export function udpRejection(clock: Clock): (target: Address) => Promise<boolean> {
  return ({ host, port }) =>
    new Promise((resolve) => {
      const socket = createSocket(isIP(host) === 6 ? "udp6" : "udp4");
      let isOver = false;
      const end = (isRejected: boolean): void => {
        if (isOver) return;
        isOver = true;
        socket.close();
        resolve(isRejected);
      };
      socket.on("error", (error) => end("code" in error && error.code === "ECONNREFUSED"));
      socket.connect(port, host, () => {
        for (let number = 0; number < REJECTION_PROBES; number += 1) {
          clock.setTimer("rejection", number * BETWEEN_MS, () => {
            // A refusal comes to the callback of the next send, or as an error: both are heard.
            if (!isOver) socket.send(REJECTION_PROBE, (error) => error !== null && end(true));
          });
        }
        clock.setTimer("rejection", LIMIT_MS, () => end(false));
      });
    });
}
