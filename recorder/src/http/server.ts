// The HTTP server: REST and WebSocket under /api/v1, health and metrics beside it. Fastify does
// HTTP; the routes are values (route.ts) that ask the recorder through RecorderApi only. A service
// that this recorder has not has no routes.
import websocket from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { Readable } from "node:stream";
import type { Server } from "node:https";
import { RecorderError, systemCode } from "../errors.ts";
import type { TlsOptions } from "../ports/index.ts";
import type { Setup } from "../setup-contract.ts";
import type { RecorderApi } from "./api.ts";
import { answerBrokenRequest, answerError, BODY_LIMIT_BYTES } from "./answer-error.ts";
import { audioRoutes } from "./audio-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { Gate } from "./authorise.ts";
import { bundleRoutes, type BundleMaker } from "./bundle-routes.ts";
import { callRoutes } from "./call-routes.ts";
import { answerConsole, type ConsoleFiles } from "./console-files.ts";
import type { ApiKeys } from "./keys.ts";
import { healthRoutes } from "./health.ts";
import { keyRoutes } from "./key-routes.ts";
import { liveRoutes } from "./live-routes.ts";
import { logFilterRoutes } from "./log-filter-routes.ts";
import { alarmRoutes, monitorRoutes } from "./monitor-routes.ts";
import { openApiDocument } from "./openapi.ts";
import { agentRoutes, pauseRoutes } from "./pause-routes.ts";
import { sendProblem } from "./problem.ts";
import { recordingRoutes } from "./recording-routes.ts";
import { reconciliationRoutes, sizingRoutes } from "./report-routes.ts";
import { nobody, type Answer, type RawAsk, type Route } from "./route.ts";
import { dryRunRoutes, ruleRoutes } from "./rule-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { BrowserSessions } from "./sessions.ts";
import { firstStartRoutes, setupRoutes } from "./setup-routes.ts";
import { poolRoutes, storageRoutes } from "./storage-routes.ts";
import { validationRoutes } from "./validation-routes.ts";
import { waveformRoutes } from "./waveform-routes.ts";
import { upgradeOf } from "./upgrade.ts";
import { webRtcRoutes } from "./webrtc-routes.ts";
import { loadRoutes, systemRoutes } from "./system-routes.ts";

const API_VERSION = "1.0.0";
export const OPENAPI_PATH = "/api/openapi.json";

export interface HttpOptions {
  readonly tls?: TlsOptions | null;
  /** The built web console; null where there is none. */
  readonly console?: ConsoleFiles | null;
  /** Only where a configuration file lies behind the recorder. */
  readonly setup?: Setup | null;
  readonly makeBundle?: BundleMaker | null;
}

export class HttpServer {
  readonly app: FastifyInstance;

  private constructor(app: FastifyInstance) {
    this.app = app;
  }

  /** Routes are ready when this resolves; nothing listens yet. */
  static async create(
    api: RecorderApi,
    keys: ApiKeys,
    options: HttpOptions = {},
  ): Promise<HttpServer> {
    const { tls = null, console = null, setup = null, makeBundle = null } = options;
    const app = fastify({
      logger: false,
      bodyLimit: BODY_LIMIT_BYTES,
      forceCloseConnections: true,
      exposeHeadRoutes: false,
      frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
      clientErrorHandler: answerBrokenRequest,
      ...(tls === null ? {} : { https: secureContext(tls) }),
    });
    await app.register(websocket, { options: { maxPayload: 4 * 1024 }, preClose: endListeners });
    logRequests(app, api);
    app.setErrorHandler((error, request, reply) =>
      answerError(error as Error & { statusCode?: number; code?: string }, request, reply),
    );
    app.setNotFoundHandler((request, reply) => answerOther(api, console, { request, reply }));
    readEmptyBodies(app);
    const sessions = new BrowserSessions(api);
    const gate = new Gate(api, keys, sessions);
    const routes = [
      ...routesOf(api, keys),
      ...(setup === null ? [] : setupRoutes(api, setup)),
      ...(makeBundle === null ? [] : bundleRoutes(api, makeBundle)),
      ...sessionRoutes(api, { sessions, gate, isSecure: tls !== null }),
    ];
    for (const route of routes) register(app, api, gate, route);
    describe(app, routes);
    await app.ready();
    return new HttpServer(app);
  }

  /** Certificates that connections from now on see; the others go on with theirs. */
  renewTls(tls: TlsOptions): void {
    (this.app.server as unknown as Server).setSecureContext(secureContext(tls));
  }

  /** Resolves with the bound port. */
  async listen(host: string, port: number): Promise<number> {
    try {
      await this.app.listen({ host, port });
    } catch (error) {
      const detail = `http ${host}:${port}`;
      switch (systemCode(error)) {
        case "EADDRINUSE":
          throw new RecorderError("PORT_IN_USE", detail, { cause: error });
        case "EADDRNOTAVAIL":
          throw new RecorderError("ADDRESS_NOT_LOCAL", detail, { cause: error });
        case "EACCES":
          throw new RecorderError("PORT_NOT_PERMITTED", detail, { cause: error });
        default:
          throw error;
      }
    }
    const address = this.app.server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

function secureContext({ certificate, key }: TlsOptions): { cert?: string; key?: string } {
  return {
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

/** Serves the description of the routes; it is made when it is first asked for. */
function describe(app: FastifyInstance, routes: readonly Route[]): void {
  let document: ReturnType<typeof openApiDocument> | null = null;
  app.get(OPENAPI_PATH, (_request, reply) => {
    document ??= openApiDocument(routes, API_VERSION);
    return reply.send(document);
  });
}

/** All routes that this recorder has the services for. */
function routesOf(api: RecorderApi, keys: ApiKeys): Route[] {
  const { rules, dryRun, monitor, storage, reconciliation, logFilters, load } = api;
  return [
    ...healthRoutes(api),
    ...recordingRoutes(api),
    ...audioRoutes(api),
    ...waveformRoutes(api),
    ...pauseRoutes(api),
    ...agentRoutes(api),
    ...callRoutes(api),
    ...liveRoutes(api),
    ...(api.live.engine === null ? [] : webRtcRoutes(api, api.live.engine)),
    ...alarmRoutes(api),
    ...systemRoutes(api),
    ...poolRoutes(api),
    ...keyRoutes(api, keys),
    ...firstStartRoutes(keys),
    ...auditRoutes(api),
    ...sizingRoutes(),
    ...(storage === null ? [] : storageRoutes(api, storage)),
    ...(storage === null ? [] : validationRoutes(api, storage)),
    ...(rules === null ? [] : ruleRoutes(api, rules)),
    ...(dryRun === null ? [] : dryRunRoutes(dryRun)),
    ...(monitor === null ? [] : monitorRoutes(monitor)),
    ...(reconciliation === null ? [] : reconciliationRoutes(api, reconciliation)),
    ...(logFilters === null ? [] : logFilterRoutes(api, logFilters)),
    ...(load === null ? [] : loadRoutes(load)),
  ];
}

function register(app: FastifyInstance, api: RecorderApi, gate: Gate, route: Route): void {
  for (const path of [route.path, ...(route.aliases ?? [])]) {
    app.route({
      method: route.method,
      url: path.replace(/\{(\w+)\}/g, ":$1"),
      // Who may not ask is told so before the body is read.
      ...(route.method === "GET"
        ? {}
        : { onRequest: async (request, reply) => turnAway(api, gate, route, { request, reply }) }),
      handler: async (request, reply) => send(reply, await answer(api, gate, route, request)),
      ...upgradeOf(route, gate, rawAsk),
    });
  }
}

/** Who asks, of requests that are let in already. */
const admitted = new WeakMap<FastifyRequest, RawAsk["asker"]>();

async function turnAway(
  api: RecorderApi,
  gate: Gate,
  { needs }: Route,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply | undefined> {
  if (needs === "anyone") return undefined;
  const admission = await gate.admit(request, needs);
  if (!admission.ok) {
    api.metrics.increment("http_requests_total");
    return send(reply, admission.answer);
  }
  admitted.set(request, admission.asker);
  return undefined;
}

async function answer(
  api: RecorderApi,
  gate: Gate,
  route: Route,
  request: FastifyRequest,
): Promise<Answer> {
  api.metrics.increment("http_requests_total");
  const { needs } = route;
  if (needs === "anyone") return route.run(rawAsk(request, nobody(request.ip)));
  const asker = admitted.get(request);
  if (asker !== undefined) return route.run(rawAsk(request, asker));
  const admission = await gate.admit(request, needs);
  return admission.ok ? route.run(rawAsk(request, admission.asker)) : admission.answer;
}

function rawAsk(request: FastifyRequest, asker: RawAsk["asker"]): RawAsk {
  return {
    params: request.params,
    query: request.query,
    body: request.body,
    headers: request.headers as RawAsk["headers"],
    url: request.url,
    asker,
  };
}

function send(reply: FastifyReply, given: Answer): FastifyReply {
  reply.code(given.status).headers({ ...given.headers });
  if (given.kind === "json") return reply.send(given.body);
  const { content } = given;
  reply.type(given.type);
  return reply.send(
    content instanceof Uint8Array
      ? Buffer.from(content)
      : Readable.from(content, { objectMode: false }),
  );
}

/** What no route takes: the console's pages and files, else nothing. */
function answerOther(
  api: RecorderApi,
  console: ConsoleFiles | null,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): FastifyReply {
  const { method, url, headers } = request;
  const path = url.split("?", 1)[0] ?? "";
  const { accept = "", "accept-encoding": encodings } = headers;
  const ask = { path, accept, acceptEncoding: encodings ?? "" };
  const isRead = method === "GET" || method === "HEAD";
  const answer = isRead ? answerConsole(console, ask, api.random) : null;
  if (answer !== null) {
    return reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body));
  }
  const remedy = `See ${OPENAPI_PATH} for what there is.`;
  return sendProblem(reply, 404, { code: "not-found", path: url, remedy });
}

/** A JSON body may be empty: most commands need none. */
function readEmptyBodies(app: FastifyInstance): void {
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    (_request, text: string, done) => {
      if (text.trim() === "") return done(null, undefined);
      try {
        return done(null, JSON.parse(text));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        const message = "Send JSON as /api/openapi.json describes it.";
        return done(Object.assign(new Error(message), { statusCode: 400, code: "bad-body" }));
      }
    },
  );
}

/** In an address they are the tags of that line. */
const KEY_IN_PATH = /[0-9A-Za-z-]{1,80}-\d{10,15}(?=\/|$)/;
const STREAM_IN_PATH = /\/live\/([^/]+)/;

function logRequests(app: FastifyInstance, { log }: RecorderApi): void {
  if (log === undefined) return;
  app.addHook("onResponse", (request, reply, done) => {
    // Without its query: what people search for is theirs.
    const path = request.url.split("?", 1)[0] ?? "";
    const recordingId = KEY_IN_PATH.exec(path)?.[0] ?? null;
    const liveStreamId = recordingId === null ? (STREAM_IN_PATH.exec(path)?.[1] ?? null) : null;
    const tags = recordingId === null && liveStreamId === null ? {} : { recordingId, liveStreamId };
    const about = { method: request.method, path, status: reply.statusCode, from: request.ip };
    log.debug("HTTP request", { ...about, ...tags });
    done();
  });
}

/** A listener that does not answer the closing handshake must not keep the recorder from ending. */
function endListeners(this: FastifyInstance, done: () => void): void {
  for (const client of this.websocketServer.clients) {
    client.close(1001, "shutdown");
    client.terminate();
  }
  this.websocketServer.close(() => done());
}
