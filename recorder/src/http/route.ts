// What a route is: its schemas, who may use it, what it answers. From the same object come the
// validation (here), the registration (server.ts) and its page of the OpenAPI document.
import type { WebSocket } from "ws";
import { z } from "zod";
import type { ApiKey, Role } from "./keys.ts";
import type { ProblemBody } from "./problem.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** "anyone": without a key. Else the role that is needed at least. */
export type Needed = Role | "anyone";

/** What one status means, and how its body looks. */
export interface AnswerSpec {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** A body that is no JSON: its media types. */
  readonly types?: readonly string[];
}

export interface JsonAnswer {
  readonly kind: "json";
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BytesAnswer {
  readonly kind: "bytes";
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
}

export type Answer = JsonAnswer | BytesAnswer;

/** Who asks. */
export interface Asker {
  readonly key: ApiKey;
  readonly via: "api" | "console";
  /** Address, for the audit. */
  readonly from: string;
}

/** A request as a route sees it, not yet validated. */
export interface RawAsk {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly url: string;
  readonly asker: Asker;
}

/** Who asks without a key: sees nothing that is anybody's. */
export function nobody(from: string): Asker {
  const key = { id: "", name: "", role: "agent", extensions: [], createdAt: "", hash: "" } as const;
  return { key, via: "api", from };
}

/** The same after validation. */
export interface Ask<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: RawAsk["headers"];
  readonly url: string;
  readonly asker: Asker;
}

export interface Description {
  readonly method: Method;
  /** As OpenAPI writes it: "/api/v1/recordings/{key}". */
  readonly path: string;
  /** The same under the paths that buyers know (domain.md). */
  readonly aliases?: readonly string[];
  readonly tag: string;
  readonly summary: string;
  readonly needs: Needed;
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  /** Takes the socket of who asks for an upgrade; `raw` has passed the schemas. */
  readonly socket?: (socket: WebSocket, raw: RawAsk) => void;
}

export interface RouteSpec<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
> extends Description {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly handle: (ask: Ask<z.output<P>, z.output<Q>, z.output<B>>) => Answer | Promise<Answer>;
}

export interface Route extends Description {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  readonly run: (raw: RawAsk) => Answer | Promise<Answer>;
}

const NOTHING = z.strictObject({});
type Nothing = typeof NOTHING;

export function route<
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<P, Q, B>): Route {
  const { handle, params = NOTHING, query = NOTHING, body = null, ...description } = spec;
  const run = (raw: RawAsk): Answer | Promise<Answer> => {
    const parts = [
      [params, raw.params, "path"],
      [query, raw.query, "query"],
      [body, raw.body, "body"],
    ] as const;
    const values: unknown[] = [];
    for (const [schema, value, where] of parts) {
      if (schema === null) {
        values.push(undefined);
        continue;
      }
      const parsed = schema.safeParse(value ?? {}, { error: wording });
      if (!parsed.success) return refuse(400, badRequest(parsed.error, where, schema));
      values.push(parsed.data);
    }
    const [readParams, readQuery, readBody] = values;
    return handle({
      params: readParams as z.output<P>,
      query: readQuery as z.output<Q>,
      body: readBody as z.output<B>,
      headers: raw.headers,
      url: raw.url,
      asker: raw.asker,
    });
  };
  return { ...description, params, query, body, run };
}

export function json(body: unknown, status = 200): JsonAnswer {
  return { kind: "json", status, body };
}

export function refuse(
  status: number,
  problem: ProblemBody,
  headers: Readonly<Record<string, string>> = {},
): JsonAnswer {
  return { kind: "json", status, body: { error: problem }, headers };
}

/** Of what is not there, and of what this key may not see: they look the same. */
export function notFound(url: string): JsonAnswer {
  return refuse(404, {
    code: "not-found",
    path: url,
    remedy: "Check the key; /api/v1/recordings and /api/v1/active-recordings list what there is.",
  });
}

/** The first thing that is wrong, by name. */
function badRequest(error: z.ZodError, where: string, schema: z.ZodType): ProblemBody {
  const issue = error.issues[0];
  const code = `bad-${where}`;
  if (issue === undefined) return { code, path: where, remedy: "See /api/openapi.json." };
  if (issue.code === "unrecognized_keys") {
    const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    const remedy = known.length === 0 ? "Give none." : `Use only ${known.join(", ")}.`;
    return { code, path: [...issue.path, issue.keys[0]].join("."), remedy };
  }
  const path = issue.path.length === 0 ? where : issue.path.map(String).join(".");
  return { code, path, remedy: issue.message };
}

/** Remedies for what the schemas do not say themselves. */
const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "It is missing: give it.";
      if (Array.isArray(issue.input)) return "Give it once.";
      return `Give a value of type ${issue.expected}.`;
    case "invalid_value":
      return `Use one of ${issue.values.join(", ")}.`;
    case "too_small":
      return `Give at least ${issue.minimum}.`;
    case "too_big":
      return `Give at most ${issue.maximum}.`;
    default:
      return undefined;
  }
};
