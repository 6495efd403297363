// How a refusal looks: {"error": {code, path, remedy}}, whatever the reason (design.md §6).
import type { FastifyReply, FastifyRequest } from "fastify";

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

export function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 404, {
    code: "not-found",
    path: request.url,
    remedy: "Check the key; /api/v1/recordings and /api/v1/active-recordings list what there is.",
  });
}
