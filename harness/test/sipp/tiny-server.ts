// A SIP server of a few lines for the tests of the SIPp runner: answers INVITE with SDP, OPTIONS,
// BYE and CANCEL by echoing headers, and collects the RTP it gets. Knows nothing of transactions.
import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server } from "node:net";

/** How it answers an INVITE: 200 at once, 180 and nothing more, a refusal, or not at all. */
export type InviteAnswer = "answer" | "ring" | "refuse" | "ignore";

/** What it saw. */
export interface TinyServer {
  readonly port: number;
  readonly requests: string[];
  /** RTP payloads by source "address:port", in the order of arrival. */
  readonly audio: Map<string, Buffer[]>;
  close: () => Promise<void>;
}

const HOST = "127.0.0.1";

/** Starts on free ports of loopback. */
export async function startTinyServer(
  transport: "udp" | "tcp",
  answer: InviteAnswer,
): Promise<TinyServer> {
  const media = createSocket("udp4");
  media.bind(0, HOST);
  await once(media, "listening");
  const audio = collectAudio(media);
  const requests: string[] = [];
  const respond = responder(answer, media.address().port, requests);
  const signalling = transport === "udp" ? await listenUdp(respond) : await listenTcp(respond);
  return {
    port: signalling.port,
    requests,
    audio,
    close: async () => {
      await signalling.close();
      media.close();
      await once(media, "close");
    },
  };
}

type Respond = (text: string) => readonly string[];
type Listening = { readonly port: number; readonly close: () => Promise<void> };

function collectAudio(media: Socket): Map<string, Buffer[]> {
  const audio = new Map<string, Buffer[]>();
  media.on("message", (packet: Buffer, from: RemoteInfo) => {
    const key = `${from.address}:${from.port}`;
    audio.set(key, [...(audio.get(key) ?? []), packet.subarray(12)]);
  });
  return audio;
}

function responder(answer: InviteAnswer, mediaPort: number, requests: string[]): Respond {
  let invite = "";
  const seen = new Set<string>();
  return (text) => {
    const method = text.slice(0, text.indexOf(" "));
    // What is sent again because this process was slow is the same once more.
    if (!seen.has(text)) requests.push(method);
    seen.add(text);
    if (method === "ACK") return [];
    if (method === "INVITE") {
      invite = text;
      if (answer === "ring") return [response(text, "180 Ringing", "")];
      if (answer === "refuse") return [response(text, "503 Service Unavailable", "")];
      return answer === "ignore" ? [] : [response(text, "200 OK", description(mediaPort))];
    }
    const ok = response(text, "200 OK", "");
    return method === "CANCEL" ? [ok, response(invite, "487 Request Terminated", "")] : [ok];
  };
}

function response(request: string, status: string, body: string): string {
  const header = (name: string): string =>
    request.split("\r\n").find((line) => line.startsWith(`${name}:`)) ?? "";
  const to = header("To");
  return [
    `SIP/2.0 ${status}`,
    ...["Via", "From"].map(header),
    to.includes(";tag=") ? to : `${to};tag=tiny`,
    ...["Call-ID", "CSeq"].map(header),
    `Contact: <sip:tiny@${HOST}>`,
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

function description(port: number): string {
  const lines = ["v=0", `o=- 1 1 IN IP4 ${HOST}`, "s=-", `c=IN IP4 ${HOST}`, "t=0 0"];
  return [...lines, `m=audio ${port} RTP/AVP 0`, "a=recvonly", ""].join("\r\n");
}

async function listenUdp(respond: Respond): Promise<Listening> {
  const socket = createSocket("udp4");
  socket.on("message", (datagram: Buffer, from: RemoteInfo) => {
    for (const text of respond(datagram.toString())) socket.send(text, from.port, from.address);
  });
  socket.bind(0, HOST);
  await once(socket, "listening");
  const close = async (): Promise<void> => {
    socket.close();
    await once(socket, "close");
  };
  return { port: socket.address().port, close };
}

async function listenTcp(respond: Respond): Promise<Listening> {
  const server: Server = createServer((socket) => {
    let text = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (piece: Buffer) => {
      text += piece.toString();
      for (let end = endOfMessage(text); end > 0; end = endOfMessage(text)) {
        for (const line of respond(text.slice(0, end))) socket.write(line);
        text = text.slice(end);
      }
    });
  });
  server.listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = async (): Promise<void> => {
    server.close();
    await once(server, "close");
  };
  return { port, close };
}

/** Where the first whole message ends, 0 when there is none yet. */
function endOfMessage(text: string): number {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return 0;
  const length = Number(/Content-Length:\s*(\d+)/i.exec(text)?.[1] ?? 0);
  return text.length >= head + 4 + length ? head + 4 + length : 0;
}
