// Live listening over WebSocket (R5): a JSON header, then binary frames of 20 ms, each four bytes
// of sample offset (big-endian) and the µ-law bytes; JSON again for lost frames and the end.
// RFC 6455.
import type { FastifyInstance } from "fastify";
import type { WebSocket } from "ws";
import { z } from "zod";
import type { ListenerMessage, ListenerSink } from "../live/listener-queue.ts";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import type { Gate } from "./authorise.ts";
import { activeRecordingSchema } from "./recording-view.ts";
import { visibleActive } from "./recording-routes.ts";
import { json, nobody, route, type Asker, type Description, type Route } from "./route.ts";
import { named, word } from "./schema.ts";

/** Bytes that may wait in a socket before its listener's queue takes over. */
const SOCKET_BUFFER_BYTES = 32 * 1024;

export const FRAME_OFFSET_BYTES = 4;

const streamsSchema = named(
  "LiveStreams",
  z.strictObject({ streams: z.array(activeRecordingSchema) }),
);

const streamParams = z.strictObject({ stream: word.describe("recordingKey or live stream id.") });

/** For the OpenAPI document: the one route that is no request and answer. */
export const LIVE_AUDIO: Description & { readonly params: z.ZodObject } = {
  method: "GET",
  path: "/api/v1/live/{stream}/audio",
  tag: "live",
  summary:
    "WebSocket: a JSON header, then binary frames of 20 ms (four bytes of sample offset, µ-law). " +
    "Closes with 4404 when there is no such stream, 4503 at a limit.",
  needs: "supervisor",
  params: streamParams,
  answers: {
    101: { description: "The stream begins." },
    426: { description: "Asked without an upgrade to WebSocket." },
  },
};

export function liveRoutes(api: RecorderApi): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/live",
      tag: "live",
      summary: "Streams that can be heard now",
      needs: "supervisor",
      answers: { 200: { description: "Within the key's scope.", schema: streamsSchema } },
      handle: ({ asker }) => json({ streams: visibleActive(api, asker.key) }),
    }),
  ];
}

export function registerLiveAudio(app: FastifyInstance, api: RecorderApi, gate: Gate): void {
  const askers = new WeakMap<object, Asker>();
  app.route({
    method: "GET",
    url: LIVE_AUDIO.path.replace("{stream}", ":stream"),
    preValidation: async (request, reply) => {
      const admission = await gate.admit(request, "supervisor");
      if (admission.ok) return void askers.set(request, admission.asker);
      const { status, body, headers = {} } = admission.answer;
      await reply.code(status).headers(headers).send(body);
    },
    handler: (request, reply) =>
      reply
        .code(426)
        .headers({ upgrade: "websocket" })
        .send({
          error: { code: "upgrade-required", path: request.url, remedy: "Open it as a WebSocket." },
        }),
    wsHandler: (socket, request) => {
      const target = (request.params as { readonly stream?: string }).stream ?? "";
      void hear(api, socket, { target, asker: askers.get(request) ?? nobody(request.ip) });
    },
  });
}

/** Listening is in the audit before the first frame goes out. */
async function hear(
  api: RecorderApi,
  socket: WebSocket,
  { target, asker }: { readonly target: string; readonly asker: Asker },
): Promise<void> {
  let onDrained = (): void => undefined;
  let stop = (): void => undefined;
  socket.on("close", () => stop());
  socket.on("error", () => stop());
  const isVisible = visibleActive(api, asker.key).some(
    ({ recordingKey, liveStreamId }) => recordingKey === target || liveStreamId === target,
  );
  if (isVisible) await audit(api, asker, { action: "listen", target, result: "ok" });
  if (socket.readyState !== socket.OPEN) return;
  const joined = isVisible
    ? api.listen(
        target,
        socketSink(socket, () => onDrained()),
      )
    : ({ ok: false, code: "not-found" } as const);
  if (!joined.ok) {
    socket.send(JSON.stringify({ type: "refused", code: joined.code }));
    socket.close(joined.code === "not-found" ? 4404 : 4503, joined.code);
    return audit(api, asker, { action: "listen", target, result: joined.code });
  }
  onDrained = joined.onDrained;
  stop = joined.stop;
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
