// REST for recordings: search, metadata, the stored audio, pause and resume (design.md §6, and the
// agents' shapes of domain.md).
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Outcome } from "../outcome.ts";
import type { CatalogQuery } from "../ports/index.ts";
import type { PauseAnswer } from "../recording/pause-requests.ts";
import type { RecorderApi } from "./api.ts";
import { audit, nameOf, parameter, type Authorise } from "./authorise.ts";
import { notFound, sendProblem, type ProblemBody } from "./problem.ts";

const MAXIMUM_ROWS = 1_000;
const DEFAULT_ROWS = 100;

/** As Fastify reads it: a parameter given twice is a list. */
type SearchQuery = Readonly<Record<string, string | readonly string[]>>;

export function registerRecordings(
  app: FastifyInstance,
  api: RecorderApi,
  authorise: Authorise,
): void {
  const listeners = { preHandler: authorise("supervisor", "manager") };
  const pausers = { preHandler: authorise("agent", "supervisor", "manager") };

  app.get("/api/v1/recordings", listeners, async (request, reply) => {
    const search = parseSearch(request.query as SearchQuery);
    if (!search.ok) return sendProblem(reply, 400, search.problem);
    return { recordings: await api.searchRecordings(search.query) };
  });

  app.get("/api/v1/recordings/:key", listeners, async (request, reply) => {
    const row = await api.findRecording(parameter(request, "key"));
    return row ?? notFound(request, reply);
  });

  app.get("/api/v1/recordings/:key/audio", listeners, async (request, reply) => {
    const row = await api.findRecording(parameter(request, "key"));
    if (row === null || row.path === null) return notFound(request, reply);
    const exported = { action: "export", target: row.recordingKey };
    let bytes: Uint8Array;
    try {
      bytes = await api.readStored(row);
    } catch (error) {
      audit(api, request, { ...exported, result: "failed" });
      throw error;
    }
    audit(api, request, { ...exported, result: "ok" });
    return reply.type("audio/ogg").send(Buffer.from(bytes));
  });

  app.get("/api/v1/active-recordings", listeners, () => ({
    recordings: api.activeRecordings(),
  }));

  app.get("/api/v1/work", listeners, () => ({
    recordings: api.activeRecordings().length,
    stores: api.pendingStores(),
    calls: api.metrics.get("calls_tracked"),
  }));

  registerPauses(app, api, pausers);
}

type Guarded = { readonly preHandler: ReturnType<Authorise> };

/** By recording, and by agent in the shapes that desktop tools know (domain.md). */
function registerPauses(app: FastifyInstance, api: RecorderApi, pausers: Guarded): void {
  for (const action of ["pause", "resume"] as const) {
    app.post(`/api/v1/recordings/:key/${action}`, pausers, async (request, reply) => {
      const target = parameter(request, "key");
      const answer = await api.pause(target, action, nameOf(request));
      audit(api, request, { action, target, result: answer.result });
      return sendPause(request, reply, answer);
    });
    const agentPath = `/api/v1/agents/:agent/active-recording/${action}`;
    app.post(agentPath, pausers, async (request, reply) => {
      const target = parameter(request, "agent");
      const active = activeOf(api, target);
      if (active === null) {
        audit(api, request, { action, target, result: "no-recording" });
        return notFound(request, reply);
      }
      const answer = await api.pause(active.recordingKey, action, nameOf(request));
      audit(api, request, { action, target, result: answer.result });
      return sendPause(request, reply, answer);
    });
  }

  app.get("/api/v1/agents/:agent/active-recording", pausers, (request) => {
    const active = activeOf(api, parameter(request, "agent"));
    const state = active === null ? "NO_RECORDING" : active.isPaused ? "PAUSED" : "RECORDING";
    return { state };
  });
}

function sendPause(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: PauseAnswer,
): FastifyReply | PauseAnswer {
  return answer.result === "no-recording" ? notFound(request, reply) : answer;
}

function activeOf(api: RecorderApi, agent: string) {
  return (
    api
      .activeRecordings()
      .find(
        ({ state, association }) =>
          state === "answered" &&
          (association?.extension === agent || association?.agent === agent),
      ) ?? null
  );
}

type Search =
  | { readonly ok: true; readonly query: CatalogQuery }
  | { readonly ok: false; readonly problem: ProblemBody };

const NUMBERS: readonly string[] = ["startTime", "endTime", "limit", "offset"];
const PARAMETERS: readonly string[] = [...NUMBERS, "callKey", "extension", "outcome"];
const OUTCOMES: readonly Outcome[] = ["ok", "degraded", "failed", "blocked", "discarded"];

function parseSearch(query: SearchQuery): Search {
  const texts: Partial<Record<string, string>> = {};
  for (const [name, value] of Object.entries(query)) {
    if (!PARAMETERS.includes(name)) {
      return badQuery(name, `Use only ${PARAMETERS.join(", ")}.`);
    }
    if (typeof value !== "string") return badQuery(name, "Give it once.");
    if (NUMBERS.includes(name) && !/^\d{1,15}$/.test(value)) {
      return badQuery(name, "Give a whole number; times in milliseconds since 1970.");
    }
    texts[name] = value;
  }
  const { callKey, extension, outcome } = texts;
  if (outcome !== undefined && !OUTCOMES.some((known) => known === outcome)) {
    return badQuery("outcome", `Use one of ${OUTCOMES.join(", ")}.`);
  }
  const limit = Number(texts["limit"] ?? DEFAULT_ROWS);
  if (limit > MAXIMUM_ROWS) {
    return badQuery("limit", `Ask for at most ${MAXIMUM_ROWS} rows, and use offset.`);
  }
  const { startTime, endTime, offset } = texts;
  return {
    ok: true,
    query: {
      ...(startTime === undefined ? {} : { fromTimeMs: Number(startTime) }),
      ...(endTime === undefined ? {} : { toTimeMs: Number(endTime) }),
      limit,
      offset: Number(offset ?? 0),
      ...(callKey === undefined ? {} : { callKey }),
      ...(extension === undefined ? {} : { extension }),
      ...(outcome === undefined ? {} : { outcome }),
    },
  };
}

function badQuery(path: string, remedy: string): Search {
  return { ok: false, problem: { code: "bad-query", path, remedy } };
}
