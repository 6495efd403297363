// A DevLink3 server of a few bytes that refuses every login, and counts them: a real PBX locks the
// account of a client that tries again and again (devlink3.md §5, "Lockout").
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { frame, TYPE, u32 } from "./devlink3-bytes.ts";
import { HOST } from "./live-fixture.ts";

const CHALLENGE_SHA1 = 2;
const AUTHENTICATION_FAILED = 0x80000041;
const SUB_REQUEST = 1;

export interface RefusingIpOffice {
  readonly port: number;
  readonly logins: () => number;
  readonly connections: () => number;
  close(): Promise<void>;
}

export async function refusingIpOffice(): Promise<RefusingIpOffice> {
  const open = new Set<Socket>();
  let [logins, connections] = [0, 0];
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    let received = Buffer.alloc(0);
    socket.on("data", (piece: Buffer) => {
      received = Buffer.concat([received, piece]);
      while (received.length >= 3 && received.length >= received.readUInt16BE(1)) {
        const length = received.readUInt16BE(1);
        answer(socket, received.subarray(3, length));
        received = received.subarray(length);
      }
    });
  });
  const answer = (socket: Socket, payload: Buffer): void => {
    if (payload.readUInt32BE(0) !== TYPE.authRequest) return;
    const head = [u32(TYPE.authResponse), payload.subarray(4, 8)];
    if (payload.readUInt32BE(8) === SUB_REQUEST) {
      const challenge = Buffer.alloc(16, 7);
      socket.write(frame(...head, u32(CHALLENGE_SHA1), u32(challenge.length), challenge));
      return;
    }
    logins += 1;
    socket.write(frame(...head, u32(AUTHENTICATION_FAILED)));
  };
  server.listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    logins: () => logins,
    connections: () => connections,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
