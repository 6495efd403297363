// Routes that may be upgraded to a WebSocket: who may not, or asks wrongly, gets the HTTP answer
// before the upgrade (RFC 6455 §4.2.2); the others get their socket.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import type { Gate } from "./authorise.ts";
import { nobody, type Asker, type RawAsk, type Route } from "./route.ts";

export interface Upgrade {
  readonly preValidation: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly wsHandler: (socket: WebSocket, request: FastifyRequest) => void;
}

/** For the registration of `route`; null: it takes no sockets. */
export function upgradeOf(
  route: Route,
  gate: Gate,
  rawAsk: (request: FastifyRequest, asker: Asker) => RawAsk,
): Upgrade | null {
  const { socket: take, needs } = route;
  if (take === undefined || needs === "anyone") return null;
  const askers = new WeakMap<object, Asker>();
  return {
    preValidation: async (request, reply) => {
      if (!request.ws) return;
      const admission = await gate.admit(request, needs);
      const answer = admission.ok
        ? await route.run(rawAsk(request, admission.asker))
        : admission.answer;
      if (admission.ok && answer.status !== 400) {
        askers.set(request, admission.asker);
        return;
      }
      if (answer.kind !== "json") return;
      await reply
        .code(answer.status)
        .headers({ ...answer.headers })
        .send(answer.body);
    },
    wsHandler: (socket, request) => {
      take(socket, rawAsk(request, askers.get(request) ?? nobody(request.ip)));
    },
  };
}
