// Who asks: an API key as bearer token, its role, and the trail that it leaves (design.md §5,
// "Access").
import type { FastifyReply, FastifyRequest } from "fastify";
import type { RecorderApi } from "./api.ts";
import type { ApiKey, ApiKeys, Role } from "./keys.ts";
import { sendProblem } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    apiKey: ApiKey | null;
  }
}

/** A handler that runs before a route and lets only keys of the given roles through. */
export type Authorise = (
  ...roles: readonly Role[]
) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export function authorise(keys: ApiKeys): Authorise {
  return (...roles) =>
    async (request, reply) => {
      const token = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? "")?.[1];
      const key = token === undefined ? null : await keys.findOrLoad(token);
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

/** A parameter of the path. */
export function parameter(request: FastifyRequest, name: string): string {
  const value = (request.params as Readonly<Record<string, string | undefined>>)[name];
  return value ?? "";
}

/** The name of the key that a request came with. */
export function nameOf(request: FastifyRequest): string {
  return request.apiKey?.name ?? "?";
}

/** What was done, by whom, to what, and whether it worked. */
export function audit(
  api: RecorderApi,
  request: FastifyRequest,
  entry: { readonly action: string; readonly target: string; readonly result: string },
): void {
  api.audit({ by: nameOf(request), ...entry });
}
