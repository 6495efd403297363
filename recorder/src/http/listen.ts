// A listen on behalf of somebody, whatever brings the audio there: what the key may not see is not
// there; begin and end stand in the audit and are announced on the bus; frames are counted (R5;
// design.md §5, "Access").
import type { ListenerMessage, ListenerSink } from "../live/listener-queue.ts";
import type { ListenFrom } from "../live/listeners.ts";
import type { LiveStream } from "../ports/index.ts";
import { maySee } from "./access.ts";
import type { Listening, RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import type { ApiKey } from "./keys.ts";
import type { Asker } from "./route.ts";

export interface ListenRequest {
  /** A recordingKey or a liveStreamId. */
  readonly target: string;
  readonly from: ListenFrom;
  readonly over: "websocket" | "webrtc";
  readonly asker: Asker;
}

export type RefusedListen = Extract<Listening, { readonly ok: false }>["code"] | "left";

export type Listen =
  | {
      readonly ok: true;
      readonly stream: LiveStream;
      readonly onDrained: () => void;
      /** Leaves, and notes why: once. */
      readonly end: (reason: string) => void;
    }
  | { readonly ok: false; readonly code: RefusedListen };

/** What to do about a refusal. */
export const LISTEN_REMEDIES: Readonly<Record<RefusedListen, string>> = {
  "not-found":
    "There is no such stream (any more): GET /api/v1/live lists them; play what is over by " +
    "/api/v1/recordings.",
  "limit-per-recording":
    "Too many listen to this stream: try again later, or raise http.maximumListenersPerStream.",
  "limit-in-all": "Too many listen: try again later, or raise http.maximumListeners.",
  left: "The listener has left.",
};

/** Streams within a key's scope. */
export function visibleStreams(api: RecorderApi, key: ApiKey): readonly LiveStream[] {
  return api.live.streams().filter((stream) => maySee(key, stream.extension));
}

/** Listening is in the audit before the first frame goes out. `isThere`: still, after that. */
export async function beginListen(
  api: RecorderApi,
  request: ListenRequest,
  ear: { readonly sink: ListenerSink; readonly isThere: () => boolean },
): Promise<Listen> {
  const { target, from, over, asker } = request;
  const isVisible = visibleStreams(api, asker.key).some(
    ({ recordingKey, liveStreamId }) => recordingKey === target || liveStreamId === target,
  );
  const refused = async (code: RefusedListen): Promise<Listen> => {
    await audit(api, asker, { action: "listen", target, result: code });
    return { ok: false, code };
  };
  if (!isVisible) return refused("not-found");
  await audit(api, asker, { action: "listen", target, result: "ok", detail: `${over}, ${from}` });
  if (!ear.isThere()) return { ok: false, code: "left" };
  const counted = new CountedSink(api, ear.sink);
  const joined = api.live.listen(target, counted, from);
  if (!joined.ok) return refused(joined.code);
  const { stream } = joined;
  const beganMs = api.clock.nowMs();
  const about = { version: 1, stream, by: asker.key.name, from: asker.from, over } as const;
  const at = (): string => new Date(api.clock.wallTimeMs()).toISOString();
  api.live.bus.publish({ ...about, at: at(), type: "listening-began" });
  let isOver = false;
  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    joined.stop();
    const durationMs = Math.round(api.clock.nowMs() - beganMs);
    const { framesSent, framesDropped } = counted;
    const detail = `${over}, ${framesSent} frames sent, ${framesDropped} dropped`;
    const deed = { action: "listen-end", target, result: reason, durationMs, detail };
    void audit(api, asker, deed);
    const ended = { reason, durationMs, framesDropped };
    api.live.bus.publish({ ...about, at: at(), type: "listening-ended", ...ended });
  };
  return { ok: true, stream, onDrained: joined.onDrained, end };
}

/** Counts what the ear takes, and how long after its packet it took it. */
class CountedSink implements ListenerSink {
  framesSent = 0;
  framesDropped = 0;
  readonly #api: RecorderApi;
  readonly #sink: ListenerSink;

  constructor(api: RecorderApi, sink: ListenerSink) {
    this.#api = api;
    this.#sink = sink;
  }

  send(message: ListenerMessage): boolean {
    if (!this.#sink.send(message)) return false;
    if (message.type !== "frame") return true;
    this.framesSent += 1;
    this.framesDropped += message.droppedFrames;
    if (message.arrivedMs === null) return true;
    const { metrics, clock } = this.#api;
    metrics.observe("listener_latency_milliseconds", clock.nowMs() - message.arrivedMs);
    return true;
  }
}
