// API keys over HTTP: list, make, take back. The key itself is in the answer to its making, and
// never again (design.md §5, "Access").
import { z } from "zod";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import { MAXIMUM_KEYS, MAXIMUM_NAME_CHARACTERS, MAXIMUM_SCOPE, ROLES } from "./keys.ts";
import type { ApiKey, ApiKeys } from "./keys.ts";
import { json, notFound, refuse, route, type Route } from "./route.ts";
import { named, word } from "./schema.ts";

const fields = {
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  extensions: z.array(z.string()).nullable().describe("The scope; null = all."),
  createdAt: z.string(),
};

const keySchema = z.strictObject(fields);
const keyListSchema = named("KeyList", z.strictObject({ keys: z.array(keySchema) }));
export const madeSchema = named(
  "MadeKey",
  z.strictObject({ ...fields, key: z.string().describe("Shown this once.") }),
);
const revokedSchema = named("RevokedKey", keySchema);

const newKeySchema = named(
  "NewKey",
  z.strictObject({
    name: z
      .string()
      .trim()
      .min(1, "Say whose key it is.")
      .max(MAXIMUM_NAME_CHARACTERS, `Give at most ${MAXIMUM_NAME_CHARACTERS} characters.`),
    role: z.enum(ROLES),
    extensions: z
      .array(z.string().min(1, "Give an extension."))
      .max(MAXIMUM_SCOPE, `Give at most ${MAXIMUM_SCOPE} extensions.`)
      .nullable()
      .optional(),
  }),
);

export function keyRoutes(api: RecorderApi, keys: ApiKeys): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/keys",
      tag: "keys",
      summary: "The keys there are, without their secrets",
      needs: "administrator",
      answers: { 200: { description: "In the order of their making.", schema: keyListSchema } },
      handle: () => json({ keys: keys.list().map(shown) }),
    }),
    route({
      method: "POST",
      path: "/api/v1/keys",
      tag: "keys",
      summary: "Make a key",
      needs: "administrator",
      body: newKeySchema,
      answers: {
        201: { description: "The key, shown this once.", schema: madeSchema },
        409: { description: "There are as many keys as there can be." },
      },
      async handle({ body, asker }) {
        if (keys.list().length >= MAXIMUM_KEYS) {
          const remedy = `There are ${MAXIMUM_KEYS} keys: take some back first.`;
          return refuse(409, { code: "too-many-keys", path: "keys", remedy });
        }
        const { name, role, extensions = null } = body;
        const { token, key } = await keys.add({ name, role, extensions });
        const detail = `${role} ${name}`;
        await audit(api, asker, { action: "key-create", target: key.id, result: "ok", detail });
        return json({ ...shown(key), key: token }, 201);
      },
    }),
    route({
      method: "DELETE",
      path: "/api/v1/keys/{id}",
      tag: "keys",
      summary: "Take a key back for good",
      needs: "administrator",
      params: z.strictObject({ id: word }),
      answers: {
        200: { description: "The key that is no more.", schema: revokedSchema },
        404: { description: "There is no such key." },
      },
      async handle({ params, url, asker }) {
        const key = await keys.revoke(params.id);
        const result = key === null ? "not-found" : "ok";
        await audit(api, asker, { action: "key-revoke", target: params.id, result });
        return key === null ? notFound(url) : json(shown(key));
      },
    }),
  ];
}

function shown({ id, name, role, extensions, createdAt }: ApiKey) {
  return { id, name, role, extensions, createdAt };
}
