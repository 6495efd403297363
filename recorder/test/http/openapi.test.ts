// The OpenAPI document, walked: every operation in it is asked, with a key, without, with too low a
// role, with a parameter that does not exist; each answer has a status that the document knows and
// a body of the schema that the document gives (judged by ajv, not by the schemas' own library).
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Role } from "../../src/http/keys.ts";
import { Site, type Method } from "./fakes.ts";
import { fullApi } from "./full-api.ts";

interface Operation {
  readonly operationId: string;
  readonly "x-needs-role"?: Role;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query";
    readonly required: boolean;
  }[];
  readonly requestBody?: object;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Values of parameters by name, such that something is found. */
const PARAMETERS: Readonly<Record<string, string>> = {
  key: "key-1",
  callKey: "call-1",
  stream: "stream-1",
  name: "filter",
  calls: "20",
  recordings: "10",
  queued: "5",
  startTime: "1795366800000",
};

/** Where `id` is an agent in one path and a key in another, and pauses need a call that goes on. */
function parameterOf(path: string, name: string): string {
  if (name === "id")
    return path.includes("/keys/") ? "00000000-0000-4000-8000-000000000002" : "2001";
  if (name === "key" && /\/(pause|resume)$/.test(path)) return "key-live";
  return PARAMETERS[name] ?? "?";
}

const BODIES: Readonly<Record<string, object>> = {
  post_api_v1_keys: { name: "new", role: "agent", extensions: ["2001"] },
  post_api_v1_session: { key: "guess" },
  put_api_v1_rules: { rules: [] },
  post_api_v1_rules_dry_run: { rules: [], startTime: 0, limit: 5 },
  post_api_v1_recordings_key_association: { callKey: "call-1", part: 1 },
  put_api_v1_recordings_key_hold: { reason: "court order" },
  put_api_v1_log_filters_name: { level: "debug" },
};

async function openDocument(context: Parameters<typeof Site.open>[0]) {
  const site = await Site.open(context, fullApi);
  const { body } = await site.ask("GET", "/api/openapi.json", null);
  const document = body as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(document, "api");
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase() as Method,
      operation,
    })),
  );
  return { site, document, ajv, operations };
}

type Walk = Awaited<ReturnType<typeof openDocument>>;
type Asked = Walk["operations"][number];

function urlOf({ path, operation }: Asked): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => parameterOf(path, name));
  const query = operation.parameters
    .filter((parameter) => parameter.in === "query" && parameter.required)
    .map(({ name }) => `${name}=${parameterOf(path, name)}`);
  return query.length === 0 ? filled : `${filled}?${query.join("&")}`;
}

/** Fails unless the document knows this status, and its schema this body. */
function judge(
  { ajv }: Walk,
  { path, method, operation }: Asked,
  { status, body, response }: Awaited<ReturnType<Site["ask"]>>,
): void {
  const where = `${method} ${path} ${status}`;
  const described = operation.responses[String(status)];
  assert.ok(described !== undefined, `${where} is not in the document`);
  const type = response.headers["content-type"]?.split(";", 1)[0] ?? "";
  if (described.content === undefined) return;
  assert.ok(type in described.content, `${where}: ${type} is not in the document`);
  const schema = described.content[type]?.schema;
  if (schema === undefined) return;
  const pointer = JSON.stringify(schema).replaceAll('"#/', '"api#/');
  const validate = ajv.compile(JSON.parse(pointer) as object);
  assert.ok(validate(body), `${where}: ${ajv.errorsText(validate.errors)}`);
}

test("each operation answers as the document says, with a key of an administrator", async (context) => {
  const walk = await openDocument(context);
  const seen: string[] = [];
  for (const asked of walk.operations) {
    const { method, operation } = asked;
    const payload = BODIES[operation.operationId];
    assert.equal(payload !== undefined, operation.requestBody !== undefined, operation.operationId);
    const answer = await walk.site.ask(method, urlOf(asked), "administrator", payload);
    judge(walk, asked, answer);
    const isOdd = ["/api/v1/session", "/api/v1/live/{stream}/audio"].includes(asked.path);
    if (!isOdd) assert.ok(answer.status < 300, `${operation.operationId}: ${answer.status}`);
    seen.push(operation.operationId);
  }
  assert.equal(new Set(seen).size, seen.length, "an operationId stands twice");
  assert.ok(seen.length > 40, String(seen.length));
});

test("without a key each is 401, with too low a role 403, as the document says", async (context) => {
  const walk = await openDocument(context);
  for (const asked of walk.operations) {
    const { method, operation } = asked;
    const needs = operation["x-needs-role"];
    if (needs === undefined) continue;
    const url = urlOf(asked);
    const payload = BODIES[operation.operationId];
    const nobody = await walk.site.ask(method, url, null, payload);
    assert.equal(nobody.status, 401, url);
    judge(walk, asked, nobody);
    if (needs === "agent") continue;
    const agent = await walk.site.ask(method, url, "agent", payload);
    assert.equal(agent.status, 403, url);
    judge(walk, asked, agent);
  }
  const asks = walk.site.api.deeds().filter((deed) => !deed.startsWith("refused "));
  assert.deepEqual(asks, [], "nothing was done");
});

test("a key whose scope is empty sees nothing anywhere", async (context) => {
  const walk = await openDocument(context);
  const who = await walk.site.scoped("administrator");
  for (const asked of walk.operations) {
    const { method, operation } = asked;
    const payload = BODIES[operation.operationId];
    const answer = await walk.site.ask(method, urlOf(asked), who, payload);
    judge(walk, asked, answer);
    if (operation["x-needs-role"] === "administrator" || method === "PUT") continue;
    // A refusal repeats the URL, which the asker knew.
    const text = answer.response.body.replaceAll(urlOf(asked), "");
    for (const secret of ["Ann", "02079460000", "stream-1", '"key-1"', "RIFF"]) {
      assert.ok(!text.includes(secret), `${operation.operationId} shows ${secret}`);
    }
  }
});

test("a parameter or field that does not exist is 400 with code, path and remedy", async (context) => {
  const walk = await openDocument(context);
  for (const asked of walk.operations) {
    const { method, operation, path } = asked;
    if (operation["x-needs-role"] === undefined || path.endsWith("{stream}/audio")) continue;
    const url = urlOf(asked);
    const payload = BODIES[operation.operationId];
    const sign = url.includes("?") ? "&" : "?";
    const answer = await walk.site.ask(method, `${url}${sign}nonsense=1`, "administrator", payload);
    assert.equal(answer.status, 400, url);
    judge(walk, asked, answer);
    assert.match(answer.response.body, /"path":"nonsense"/);
    if (payload === undefined) continue;
    const more = { ...payload, nonsense: 1 };
    const field = await walk.site.ask(method, url, "administrator", more);
    assert.equal(field.status, 400, url);
    assert.match(field.response.body, /"code":"bad-body","path":"nonsense"/);
  }
});

test("the document is one: version, security, every reference resolves", async (context) => {
  const { document, ajv } = await openDocument(context);
  assert.match(document.openapi, /^3\.1\./);
  const text = JSON.stringify(document);
  for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(name in document.components.schemas, name);
  }
  for (const name of Object.keys(document.components.schemas)) {
    assert.ok(ajv.getSchema(`api#/components/schemas/${name}`) !== undefined, name);
  }
});
