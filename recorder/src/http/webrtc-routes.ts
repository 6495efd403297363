// Listening over WebRTC (R5): a page offers, the recorder answers, audio follows as PCMU. From now
// on only: what was said before is heard over WebSocket. What happens to the stream is told by
// `/api/v1/live`, as to everybody. RFC 8829; same keys, limits and audit as over WebSocket.
import { z } from "zod";
import { RecorderError } from "../errors.ts";
import type { ListenerMessage } from "../live/listener-queue.ts";
import type { ListeningEngine, WebRtcEar } from "../ports/index.ts";
import type { RecorderApi } from "./api.ts";
import { beginListen, LISTEN_REMEDIES, type Listen, type RefusedListen } from "./listen.ts";
import { json, notFound, refuse, route, type Answer, type Asker, type Route } from "./route.ts";
import { named, word } from "./schema.ts";

/** After the last frame, what is on its way may still be heard. */
const LINGER_MS = 1_000;

const offerSchema = named(
  "ListeningOffer",
  z.strictObject({
    sdp: z.string().min(1, "Give the offer.").max(20_000, "That is no offer."),
  }),
);

const answerSchema = named(
  "ListeningAnswer",
  z.strictObject({
    version: z.literal(1),
    listener: z.string().describe("To end it by DELETE."),
    engine: z.string(),
    sdp: z.string().describe("The answer: PCMU, sent only, all candidates in it."),
    recordingKey: z.string(),
    liveStreamId: z.string().nullable(),
  }),
);

const endedSchema = named("EndedListening", z.strictObject({ result: z.literal("ok") }));

const streamParams = { stream: word.describe("recordingKey or live stream id.") };

interface Session {
  readonly keyId: string;
  readonly end: (reason: string) => void;
}

export function webRtcRoutes(api: RecorderApi, engine: ListeningEngine): Route[] {
  const sessions = new Map<string, Session>();
  return [
    route({
      method: "POST",
      path: "/api/v1/live/{stream}/webrtc",
      tag: "live",
      summary: "Listen over WebRTC: an SDP offer (recvonly audio with PCMU), answered with SDP",
      needs: "supervisor",
      params: z.strictObject(streamParams),
      body: offerSchema,
      answers: {
        201: { description: "Audio follows once ICE and DTLS are through.", schema: answerSchema },
        404: { description: "No such stream within the key's scope." },
        422: { description: "The offer cannot be used." },
        501: { description: "No WebRTC here: listen over WebSocket." },
        503: { description: "Too many listen." },
      },
      handle: ({ params, body, asker, url }) =>
        begin({ api, engine, sessions }, { stream: params.stream, sdp: body.sdp, asker, url }),
    }),
    route({
      method: "DELETE",
      path: "/api/v1/live/{stream}/webrtc/{listener}",
      tag: "live",
      summary: "Stop listening over WebRTC",
      needs: "supervisor",
      params: z.strictObject({ ...streamParams, listener: word.describe("Of the answer.") }),
      answers: {
        200: { description: "Ended.", schema: endedSchema },
        404: { description: "No such listener of this key." },
      },
      handle({ params, asker, url }) {
        const session = sessions.get(params.listener);
        if (session === undefined || session.keyId !== asker.key.id) return notFound(url);
        session.end("left");
        return json({ result: "ok" });
      },
    }),
  ];
}

interface Parts {
  readonly api: RecorderApi;
  readonly engine: ListeningEngine;
  readonly sessions: Map<string, Session>;
}

interface Offered {
  readonly stream: string;
  readonly sdp: string;
  readonly asker: Asker;
  readonly url: string;
}

async function begin(parts: Parts, { stream, sdp, asker, url }: Offered): Promise<Answer> {
  const { api, engine, sessions } = parts;
  const id = api.random.uuid();
  const session = new WebRtcSession(api, () => sessions.delete(id));
  let opened;
  try {
    opened = await engine.open(sdp, {
      onConnected: () => undefined,
      onClosed: (reason) => session.end(reason),
    });
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    return refuse(501, { code: error.code, path: url, remedy: error.remedy });
  }
  if (!opened.ok) {
    const { code, detail } = opened.problem;
    return refuse(422, { code, path: "sdp", remedy: detail });
  }
  session.ear = opened.value;
  const request = { target: stream, from: "now", over: "webrtc", asker } as const;
  const listen = await beginListen(api, request, {
    sink: session,
    isThere: () => !session.isOver,
  });
  if (!listen.ok) {
    session.end(listen.code);
    return refusal(listen.code, url);
  }
  session.listen = listen;
  if (session.isOver) listen.end("left");
  else sessions.set(id, { keyId: asker.key.id, end: (reason) => session.end(reason) });
  const { recordingKey, liveStreamId } = listen.stream;
  const { answer } = opened.value;
  const told = { listener: id, engine: engine.name, sdp: answer, recordingKey, liveStreamId };
  return json({ version: 1, ...told }, 201);
}

function refusal(code: RefusedListen, url: string): Answer {
  const problem = { code, path: url, remedy: LISTEN_REMEDIES[code] };
  return code === "not-found" ? refuse(404, problem) : refuse(503, problem, RETRY_LATER);
}

const RETRY_LATER = { "retry-after": "10" };

/** One listener: takes frames at once, since UDP never makes anybody wait. */
class WebRtcSession {
  ear: WebRtcEar | null = null;
  listen: (Listen & { readonly ok: true }) | null = null;
  isOver = false;
  readonly #api: RecorderApi;
  readonly #onOver: () => void;

  constructor(api: RecorderApi, onOver: () => void) {
    this.#api = api;
    this.#onOver = onOver;
  }

  send(message: ListenerMessage): boolean {
    if (message.type === "frame") this.ear?.send(message.sample, message.data);
    if (message.type === "end") {
      const { ear } = this;
      this.ear = null;
      this.end(message.reason);
      this.#api.clock.setTimer("webrtc.linger", LINGER_MS, () => ear?.close());
    }
    return true;
  }

  end(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#onOver();
    this.ear?.close();
    this.listen?.end(reason);
  }
}
