// The HTTP server: REST and WebSocket under /api/v1, health and metrics beside it. Fastify does
// HTTP; the routes ask the recorder through RecorderApi only.
import websocket from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { RecorderError, systemCode } from "../errors.ts";
import type { RecorderApi } from "./api.ts";
import { authorise } from "./authorise.ts";
import type { ApiKeys } from "./keys.ts";
import { registerHealth } from "./health.ts";
import { registerLive } from "./live-routes.ts";
import { sendProblem } from "./problem.ts";
import { registerRecordings } from "./recording-routes.ts";

/** Request bodies are small commands. */
const BODY_LIMIT_BYTES = 64 * 1024;

export class HttpServer {
  readonly app: FastifyInstance;

  private constructor(app: FastifyInstance) {
    this.app = app;
  }

  /** Routes are ready when this resolves; nothing listens yet. */
  static async create(api: RecorderApi, keys: ApiKeys): Promise<HttpServer> {
    const app = fastify({
      logger: false,
      bodyLimit: BODY_LIMIT_BYTES,
      forceCloseConnections: true,
    });
    app.decorateRequest("apiKey", null);
    await app.register(websocket, { options: { maxPayload: 4 * 1024 }, preClose: endListeners });
    app.setErrorHandler(answerError);
    app.setNotFoundHandler((request, reply) =>
      sendProblem(reply, 404, {
        code: "not-found",
        path: request.url,
        remedy: "See /api/v1/recordings and /api/v1/live.",
      }),
    );
    registerHealth(app, api);
    registerRecordings(app, api, authorise(keys));
    registerLive(app, api, authorise(keys));
    await app.ready();
    return new HttpServer(app);
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

/** A listener that does not answer the closing handshake must not keep the recorder from ending. */
function endListeners(this: FastifyInstance, done: () => void): void {
  for (const client of this.websocketServer.clients) {
    client.close(1001, "shutdown");
    client.terminate();
  }
  this.websocketServer.close(() => done());
}

function answerError(
  error: Error & { statusCode?: number; code?: string },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status < 500) {
    return sendProblem(reply, status, {
      code: error.code ?? "bad-request",
      path: request.url,
      remedy: error.message,
    });
  }
  return sendProblem(reply, 500, {
    code: error instanceof RecorderError ? error.code : "internal",
    path: request.url,
    remedy: "See library.log; try again.",
  });
}
