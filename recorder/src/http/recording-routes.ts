// REST for recordings: search, metadata, the stored audio, pause and resume (design.md §6, and the
// agents' shapes of domain.md).
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { CatalogQuery } from "../ports/index.ts";
import type { PauseAnswer } from "../recording/pause-requests.ts";
import type { RecorderApi } from "./api.ts";
import { sendProblem, type Authorise, type ProblemBody } from "./server.ts";

const MAXIMUM_ROWS = 1_000;
const DEFAULT_ROWS = 100;

interface SearchQuery {
  readonly startTime?: string;
  readonly endTime?: string;
  readonly callKey?: string;
  readonly extension?: string;
  readonly outcome?: string;
  readonly limit?: string;
  readonly offset?: string;
}

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
    audit(api, request, "export", row.recordingKey, "ok");
    return reply.type("audio/ogg").send(Buffer.from(await api.readStored(row)));
  });

  app.get("/api/v1/active-recordings", listeners, () => ({
    recordings: api.activeRecordings(),
  }));

  app.get("/api/v1/work", listeners, () => ({
    recordings: api.activeRecordings().length,
    stores: api.pendingStores(),
    calls: api.metrics.get("calls_tracked"),
  }));

  for (const action of ["pause", "resume"] as const) {
    app.post(`/api/v1/recordings/:key/${action}`, pausers, async (request, reply) => {
      const target = parameter(request, "key");
      const answer = await api.pause(target, action, request.apiKey?.name ?? "?");
      audit(api, request, action, target, answer.result);
      return sendPause(request, reply, answer);
    });
    const agentPath = `/api/v1/agents/:agent/active-recording/${action}`;
    app.post(agentPath, pausers, async (request, reply) => {
      const agent = parameter(request, "agent");
      const active = activeOf(api, agent);
      if (active === null) {
        audit(api, request, action, agent, "no-recording");
        return notFound(request, reply);
      }
      const answer = await api.pause(active.recordingKey, action, request.apiKey?.name ?? "?");
      audit(api, request, action, agent, answer.result);
      return sendPause(request, reply, answer);
    });
  }

  app.get("/api/v1/agents/:agent/active-recording", pausers, (request) => {
    const active = activeOf(api, parameter(request, "agent"));
    const state = active === null ? "NO_RECORDING" : active.isPaused ? "PAUSED" : "RECORDING";
    return { state };
  });
}

export function parameter(request: FastifyRequest, name: string): string {
  const value = (request.params as Readonly<Record<string, string | undefined>>)[name];
  return value ?? "";
}

export function audit(
  api: RecorderApi,
  request: FastifyRequest,
  action: string,
  ...[target, result]: [target: string, result: string]
): void {
  api.audit({ by: request.apiKey?.name ?? "?", action, target, result });
}

export function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 404, {
    code: "not-found",
    path: request.url,
    remedy: "Check the key; /api/v1/recordings and /api/v1/active-recordings list what there is.",
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

const NUMBERS = [
  ["startTime", "fromTimeMs"],
  ["endTime", "toTimeMs"],
  ["limit", "limit"],
  ["offset", "offset"],
] as const;

function parseSearch(query: SearchQuery): Search {
  const given: Partial<Record<(typeof NUMBERS)[number][1], number>> = {};
  for (const [name, field] of NUMBERS) {
    const text = query[name];
    if (text === undefined) continue;
    if (!/^\d{1,15}$/.test(text)) return badQuery(name, "Give a whole number.");
    given[field] = Number(text);
  }
  if ((given.limit ?? 0) > MAXIMUM_ROWS) {
    return badQuery("limit", `Ask for at most ${MAXIMUM_ROWS} rows, and use offset.`);
  }
  const { callKey, extension, outcome } = query;
  return {
    ok: true,
    query: {
      ...given,
      limit: given.limit ?? DEFAULT_ROWS,
      offset: given.offset ?? 0,
      ...(callKey === undefined ? {} : { callKey }),
      ...(extension === undefined ? {} : { extension }),
      ...(outcome === undefined ? {} : { outcome }),
    },
  };
}

function badQuery(path: string, remedy: string): Search {
  return { ok: false, problem: { code: "bad-query", path, remedy } };
}
