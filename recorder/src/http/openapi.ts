// The OpenAPI 3.1 document, made of the routes themselves: the schemas in it are those that
// validate. Pure.
import { z } from "zod";
import { rolesFrom } from "./access.ts";
import { problemSchema } from "./problem.ts";
import type { AnswerSpec, Description } from "./route.ts";
import { registry } from "./schema.ts";

type Json = Readonly<Record<string, unknown>>;

/** A route, or (WebSocket) what is described like one. */
export type Documented = Description & {
  readonly params: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType | null;
};

const PROBLEM: AnswerSpec = { description: "", schema: problemSchema };

export function openApiDocument(routes: readonly Documented[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const described of routes) {
    const { path, aliases = [], method } = described;
    for (const name of [path, ...aliases]) {
      const item = (paths[name] ??= {});
      item[method.toLowerCase()] = operation(described, name);
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tapeline recorder",
      version,
      description:
        "Keys have a role (agent, supervisor, manager, administrator) and a scope of extensions. " +
        "What a key may not see is left out silently, or is answered with 404.",
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key." },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "tapeline_session",
          description: "A browser's session; begins at POST /api/v1/session.",
        },
      },
      schemas: components(),
    },
  };
}

function components(): Json {
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { uri, target: "draft-2020-12" });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _dialect, $id: _id, ...rest } = schema as Record<string, unknown>;
      return [name, rest];
    }),
  );
}

function operation(described: Documented, path: string): Json {
  const { method, tag, summary, needs, params, query, body } = described;
  const isOpen = needs === "anyone";
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(isOpen
      ? { security: [] }
      : { description: `For the roles ${rolesFrom(needs).join(", ")}.`, "x-needs-role": needs }),
    parameters: [...parameters(params, "path"), ...(query ? parameters(query, "query") : [])],
    ...(body
      ? { requestBody: { required: true, content: { "application/json": { schema: ref(body) } } } }
      : {}),
    responses: responses(described),
  };
}

/** "get_api_v1_recordings_key_audio": unique, for one path has one operation a method. */
function operationId(method: string, path: string): string {
  return [method.toLowerCase(), ...path.split(/[^\w]+/).filter(Boolean)].join("_");
}

function parameters(schema: z.ZodObject, where: "path" | "query"): Json[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const {
      $schema: _dialect,
      description,
      ...rest
    } = z.toJSONSchema(field as z.ZodType, {
      io: "input",
      target: "draft-2020-12",
    }) as Record<string, unknown>;
    return {
      name,
      in: where,
      required: where === "path" || !(field as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function responses(described: Documented): Json {
  const { answers, needs, body, query } = described;
  const takesInput = Object.keys(query?.shape ?? {}).length > 0 || Boolean(body);
  const common: Record<number, string> = {
    ...(takesInput || needs !== "anyone" ? { 400: "A parameter or field cannot be used." } : {}),
    ...(needs === "anyone" ? {} : { 401: "No key, or an unknown one." }),
    ...(needs === "anyone" || needs === "agent" ? {} : { 403: "The key's role is too low." }),
    ...(needs === "anyone" && !takesInput ? {} : { 429: "Asked too often; see Retry-After." }),
    500: "A failure of the recorder.",
  };
  const all: Record<string, Json> = {};
  for (const [status, description] of Object.entries(common)) {
    all[status] = response({ ...PROBLEM, description });
  }
  for (const [status, spec] of Object.entries(answers)) {
    const isBare = spec.schema === undefined && spec.types === undefined;
    const schema = isBare && Number(status) >= 400 ? { schema: problemSchema } : {};
    all[status] = response({ ...spec, ...schema });
  }
  return all;
}

function response({ description, schema, types }: AnswerSpec): Json {
  if (schema !== undefined) {
    return { description, content: { "application/json": { schema: ref(schema) } } };
  }
  if (types === undefined) return { description };
  const content = Object.fromEntries(types.map((type) => [type, {}]));
  return { description, content };
}

function ref(schema: z.ZodType): Json {
  const id = registry.get(schema)?.id;
  if (id === undefined) throw new TypeError("a body's schema has no name");
  return { $ref: `#/components/schemas/${id}` };
}
