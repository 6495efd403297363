// How a refusal looks: {"error": {code, path, remedy}}, whatever the reason (design.md §6).
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { named } from "./schema.ts";

export interface ProblemBody {
  readonly code: string;
  /** The parameter, field, header or URL that is meant. */
  readonly path: string;
  readonly remedy: string;
  /** Where several things are wrong: each with its own path. */
  readonly problems?: readonly {
    readonly path: string;
    readonly detail: string;
    readonly remedy: string;
  }[];
}

export const problemSchema = named(
  "Problem",
  z.strictObject({
    error: z.strictObject({
      code: z.string().describe("For programs; never reused for another meaning."),
      path: z.string().describe("The parameter, field, header or URL that is meant."),
      remedy: z.string().describe("What to do about it."),
      problems: z
        .array(z.strictObject({ path: z.string(), detail: z.string(), remedy: z.string() }))
        .optional()
        .describe("Where several things are wrong: all of them."),
    }),
  }),
);

export function sendProblem(
  reply: FastifyReply,
  status: number,
  problem: ProblemBody,
): FastifyReply {
  return reply.code(status).send({ error: problem });
}
