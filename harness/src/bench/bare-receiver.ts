// Entry of the process that the recorder is measured against: a bare `dgram` receive loop whose
// handler only counts, with the recorder's receive buffer. So that the very same simulated IP
// Office feeds it, it answers INVITE and BYE, and no more, on a second socket that is silent while
// CPU time is taken.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { answerParent } from "./bench-child.ts";

const HOST = "127.0.0.1";
/** Default of rtp.receiveBufferBytes. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

let packets = 0;

async function bound(onMessage: (data: Buffer, from: RemoteInfo) => void): Promise<Socket> {
  const socket = createSocket("udp4", onMessage);
  socket.bind(0, HOST);
  await once(socket, "listening");
  return socket;
}

/** The 200 to a request of the simulated IP Office. */
function answerTo(request: string, sipPort: number, rtpPort: number): string {
  const [start = "", ...lines] = (request.split("\r\n\r\n")[0] ?? "").split("\r\n");
  const repeated = lines
    .filter((line) => /^(via|from|to|call-id|cseq):/i.test(line))
    .map((line) => (/^to:(?!.*;tag=)/i.test(line) ? `${line};tag=bare` : line));
  const isInvite = start.startsWith("INVITE");
  const body = isInvite
    ? `v=0\r\no=- 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\n` +
      `m=audio ${rtpPort} RTP/AVP 0\r\na=recvonly\r\n`
    : "";
  return [
    "SIP/2.0 200 OK",
    ...repeated,
    `Contact: <sip:bare@${HOST}:${sipPort}>`,
    ...(isInvite ? ["Content-Type: application/sdp"] : []),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

const rtp = await bound(() => {
  packets += 1;
});
rtp.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
const sip: Socket = await bound((data, from) => {
  const request = data.toString("latin1");
  if (!/^(INVITE|BYE) /.test(request)) return;
  sip.send(answerTo(request, sip.address().port, rtp.address().port), from.port, from.address);
});

export type BareRequest = { readonly type: "address" | "packets" };

answerParent((request) =>
  Promise.resolve(
    (request as BareRequest).type === "packets"
      ? packets
      : `sip:bare@${HOST}:${sip.address().port};transport=udp`,
  ),
);
