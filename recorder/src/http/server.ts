// The HTTP server: REST and WebSocket under /api/v1, health and metrics beside it. Fastify does
// HTTP; the routes ask the recorder through RecorderApi only.
import websocket from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { RecorderError, systemCode } from "../errors.ts";
import type { RecorderApi } from "./api.ts";
import type { ApiKey, ApiKeys, Role } from "./keys.ts";
import { registerHealth } from "./health.ts";
import { registerLive } from "./live-routes.ts";
import { registerRecordings } from "./recording-routes.ts";

/** Request bodies are small commands. */
const BODY_LIMIT_BYTES = 64 * 1024;

declare module "fastify" {
  interface FastifyRequest {
    apiKey: ApiKey | null;
  }
}

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
    await app.register(websocket, { options: { maxPayload: 4 * 1024 } });
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

export interface ProblemBody {
  readonly code: string;
  readonly path: string;
  readonly remedy: string;
}

export function sendProblem(
  reply: FastifyReply,
  status: number,
  problem: ProblemBody,
): FastifyReply {
  return reply.code(status).send({ error: problem });
}

/** A handler that runs before a route and lets only keys of the given roles through. */
export type Authorise = (
  ...roles: readonly Role[]
) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

function authorise(keys: ApiKeys): Authorise {
  return (...roles) =>
    async (request, reply) => {
      const token = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? "")?.[1];
      const key = token === undefined ? null : keys.find(token);
      if (key === null) {
        await sendProblem(reply, 401, {
          code: "unauthorised",
          path: "authorization",
          remedy: "Send Authorization: Bearer KEY; `tapeline-recorder key create` makes one.",
        });
        return;
      }
      if (key.role !== "administrator" && !roles.includes(key.role)) {
        await sendProblem(reply, 403, {
          code: "forbidden",
          path: "authorization",
          remedy: `Use a key with one of the roles ${[...roles, "administrator"].join(", ")}.`,
        });
        return;
      }
      request.apiKey = key;
    };
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
