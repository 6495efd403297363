// What can be heard now, and hearing it over WebSocket (R5, RFC 6455): `/api/v1/live` lists the
// streams or, upgraded, tells what happens to them; `/api/v1/live/{stream}/audio` is the audio.
// Formats: audio-socket.ts, event-socket.ts, README.
import type { WebSocket } from "ws";
import { z } from "zod";
import { maySee } from "./access.ts";
import type { RecorderApi } from "./api.ts";
import { AudioSocket } from "./audio-socket.ts";
import { EventSocket } from "./event-socket.ts";
import { beginListen, LISTEN_REMEDIES, visibleStreams, type Listen } from "./listen.ts";
import { activeRecordingSchema } from "./recording-view.ts";
import { visibleActive } from "./recording-routes.ts";
import { json, refuse, route, type Asker, type Route } from "./route.ts";
import { named, word } from "./schema.ts";

const ROLE = "supervisor";
/** Subscribers to events, in all. */
export const EVENT_SUBSCRIBERS_LIMIT = 500;

const streamsSchema = named(
  "LiveStreams",
  z.strictObject({ streams: z.array(activeRecordingSchema) }),
);

const streamParams = z.strictObject({ stream: word.describe("recordingKey or live stream id.") });

const listenQuery = z.strictObject({
  from: z
    .enum(["now", "beginning"])
    .default("now")
    .describe("Where in the recording to begin; what was paused is heard as fill."),
});

const SWITCHED = { 101: { description: "The stream begins." } };

export function liveRoutes(api: RecorderApi): Route[] {
  const subscribers = new EventSubscribers(api);
  return [
    route({
      method: "GET",
      path: "/api/v1/live",
      tag: "live",
      summary:
        "Streams that can be heard now. Upgraded to WebSocket: first {type: streams}, then events " +
        "as JSON: started, associated, parties-changed, paused, resumed, ended, listening-began, " +
        "listening-ended; who is slow gets {type: streams, missed} anew",
      needs: ROLE,
      answers: {
        ...SWITCHED,
        200: { description: "Within the key's scope.", schema: streamsSchema },
      },
      handle({ asker }) {
        const heard = new Set(api.live.streams().map(({ recordingKey }) => recordingKey));
        const streams = visibleActive(api, asker.key);
        return json({ streams: streams.filter(({ recordingKey }) => heard.has(recordingKey)) });
      },
      socket: (socket, { asker }) => subscribers.add(socket, asker),
    }),
    route({
      method: "GET",
      path: "/api/v1/live/{stream}/audio",
      tag: "live",
      summary:
        'WebSocket: JSON {"type":"header"}, then binary frames of 20 ms: bytes 0-3 the sample of ' +
        "the frame's first byte (unsigned, big-endian), then 160 bytes of mu-law (fewer in the " +
        "last frame). JSON in between: dropped, timing, associated, parties-changed, paused, " +
        "resumed; at the end {type: end, reason, samples, next}, then close code 1000 (1001 at " +
        "shutdown). Refused: {type: refused, code, remedy}, then 4404 (no such stream) or 4503 " +
        "(a limit).",
      needs: ROLE,
      params: streamParams,
      query: listenQuery,
      answers: { ...SWITCHED, 426: { description: "Asked without an upgrade to WebSocket." } },
      handle: ({ url }) =>
        refuse(
          426,
          { code: "upgrade-required", path: url, remedy: "Open it as a WebSocket." },
          { upgrade: "websocket" },
        ),
      socket(socket, { params, query, asker }) {
        const { stream } = streamParams.parse(params);
        const { from } = listenQuery.parse(query ?? {});
        void hear(api, socket, { target: stream, from, over: "websocket", asker });
      },
    }),
  ];
}

/** Tells what happens to the streams until the socket closes. */
class EventSubscribers {
  readonly #api: RecorderApi;
  #count = 0;

  constructor(api: RecorderApi) {
    this.#api = api;
  }

  add(socket: WebSocket, asker: Asker): void {
    const { live, clock, metrics } = this.#api;
    if (this.#count >= EVENT_SUBSCRIBERS_LIMIT) {
      const remedy = "Too many follow the live events: try again later.";
      socket.send(JSON.stringify({ version: 1, type: "refused", code: "limit-in-all", remedy }));
      return socket.close(4503, "limit-in-all");
    }
    this.#counted(1);
    const events = new EventSocket(socket, {
      clock,
      maySee: (extension) => maySee(asker.key, extension),
      streams: () => visibleStreams(this.#api, asker.key),
      onMissed: (missed) => metrics.increment("live_events_missed_total", missed),
    });
    const subscription = live.bus.subscribe((event) => events.push(event));
    socket.on("error", () => socket.terminate());
    socket.once("close", () => {
      subscription.cancel();
      events.close();
      this.#counted(-1);
    });
  }

  #counted(by: number): void {
    this.#count += by;
    this.#api.metrics.set("live_event_subscribers", this.#count);
  }
}

async function hear(
  api: RecorderApi,
  socket: WebSocket,
  request: Parameters<typeof beginListen>[1],
): Promise<void> {
  let listen: Listen | null = null;
  const over = (reason: string): void => {
    if (listen?.ok === true) listen.end(reason);
  };
  const sink = new AudioSocket(socket, {
    clock: api.clock,
    onDrained: () => {
      if (listen?.ok === true) listen.onDrained();
    },
    onOver: over,
  });
  const closed = (reason: string): void => {
    sink.dispose();
    over(reason);
  };
  socket.on("close", (code: number) => closed(code === 1001 ? "shutdown" : "left"));
  socket.on("error", () => closed("connection-lost"));
  const { target } = request;
  const known = api.live.streams().find((one) => isNamed(one, target));
  sink.stream = known ?? null;
  listen = await beginListen(api, request, { sink, isThere: () => sink.isOpen });
  if (!listen.ok) {
    const remedy = LISTEN_REMEDIES[listen.code];
    sink.refuse(listen.code === "not-found" ? 4404 : 4503, { code: listen.code, remedy });
    return;
  }
  // It may have ended, or left, while it was begun.
  if (!sink.isOpen) closed("left");
  else listen.onDrained();
}

function isNamed(
  { recordingKey, liveStreamId }: { recordingKey: string; liveStreamId: string | null },
  target: string,
): boolean {
  return recordingKey === target || liveStreamId === target;
}
