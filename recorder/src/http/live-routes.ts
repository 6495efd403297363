// Live listening over WebSocket (R5): a JSON header, then binary frames of 20 ms, each four bytes
// of sample offset (big-endian) and the µ-law bytes; JSON again for lost frames and the end.
// RFC 6455.
import type { FastifyInstance } from "fastify";
import type { WebSocket } from "ws";
import type { ListenerMessage, ListenerSink } from "../live/listener-queue.ts";
import type { RecorderApi } from "./api.ts";
import { audit, parameter, type Authorise } from "./authorise.ts";

/** Bytes that may wait in a socket before its listener's queue takes over. */
const SOCKET_BUFFER_BYTES = 32 * 1024;

export const FRAME_OFFSET_BYTES = 4;

export function registerLive(app: FastifyInstance, api: RecorderApi, authorise: Authorise): void {
  const preHandler = authorise("supervisor", "manager");

  app.get("/api/v1/live", { preHandler }, () => ({ streams: api.activeRecordings() }));

  app.get("/api/v1/live/:stream/audio", { preHandler, websocket: true }, (socket, request) => {
    const target = parameter(request, "stream");
    let onDrained = (): void => undefined;
    const joined = api.listen(
      target,
      socketSink(socket, () => onDrained()),
    );
    audit(api, request, { action: "listen", target, result: joined.ok ? "ok" : joined.code });
    if (!joined.ok) {
      socket.send(JSON.stringify({ type: "refused", code: joined.code }));
      socket.close(joined.code === "not-found" ? 4404 : 4503, joined.code);
      return;
    }
    onDrained = joined.onDrained;
    socket.on("close", joined.stop);
    socket.on("error", joined.stop);
  });
}

function socketSink(socket: WebSocket, onDrained: () => void): ListenerSink {
  const afterSend = (): void => {
    if (socket.bufferedAmount < SOCKET_BUFFER_BYTES) onDrained();
  };
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return true;
      if (socket.bufferedAmount >= SOCKET_BUFFER_BYTES) return false;
      if (message.type !== "frame") {
        socket.send(JSON.stringify(describe(message)), afterSend);
        if (message.type === "end") socket.close(1000, message.reason);
        return true;
      }
      if (message.droppedFrames > 0) {
        socket.send(JSON.stringify({ type: "dropped", frames: message.droppedFrames }));
      }
      socket.send(binaryFrame(message.sample, message.data), afterSend);
      return true;
    },
  };
}

function describe(message: Exclude<ListenerMessage, { type: "frame" }>) {
  return message.type === "header"
    ? { version: 1, ...message, frameOffsetBytes: FRAME_OFFSET_BYTES }
    : message;
}

function binaryFrame(sample: number, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_OFFSET_BYTES + data.length);
  new DataView(frame.buffer).setUint32(0, sample);
  frame.set(data, FRAME_OFFSET_BYTES);
  return frame;
}
