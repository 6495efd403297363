// The HTTP server: who may ask what, and how refusals look.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { RecorderError } from "../../src/errors.ts";
import { BODY_LIMIT_BYTES } from "../../src/http/answer-error.ts";
import { ROLES, type Role } from "../../src/http/keys.ts";
import { HttpServer } from "../../src/http/server.ts";
import { ROW, Site, VIEW } from "./fakes.ts";

const LISTENERS: readonly Role[] = ["supervisor", "manager", "administrator"];
const PAUSERS: readonly Role[] = ["agent", ...LISTENERS];

const ROUTES: readonly ["GET" | "POST", string, readonly Role[]][] = [
  ["GET", "/api/v1/recordings", LISTENERS],
  ["GET", "/api/v1/recordings/key-1", LISTENERS],
  ["GET", "/api/v1/recordings/key-1/audio", LISTENERS],
  ["GET", "/api/v1/active-recordings", LISTENERS],
  ["GET", "/api/v1/work", LISTENERS],
  ["GET", "/api/v1/live", LISTENERS],
  ["POST", "/api/v1/recordings/key-live/pause", PAUSERS],
  ["POST", "/api/v1/recordings/key-live/resume", PAUSERS],
  ["GET", "/api/v1/agents/2001/active-recording", PAUSERS],
  ["POST", "/api/v1/agents/2001/active-recording/pause", PAUSERS],
  ["POST", "/api/v1/agents/2001/active-recording/resume", PAUSERS],
];

for (const [method, url, allowed] of ROUTES) {
  test(`${method} ${url} is for ${allowed.join(", ")}`, async (context) => {
    const site = await Site.open(context);
    site.api.rows = [ROW];
    site.api.active = [VIEW];
    assert.deepEqual(await site.refusal(method, url, null), [401, "unauthorised", "authorization"]);
    for (const role of ROLES) {
      const { statusCode } = await site.server.app.inject({
        method,
        url,
        headers: site.headers(role),
      });
      assert.equal(statusCode, allowed.includes(role) ? 200 : 403, role);
      if (allowed.includes(role)) continue;
      assert.deepEqual(await site.refusal(method, url, role), [403, "forbidden", "authorization"]);
    }
  });
}

test("a key is a bearer token, nothing else", async (context) => {
  const site = await Site.open(context);
  const token = site.tokens.get("manager") ?? "";
  for (const authorization of [
    token,
    `Basic ${token}`,
    "Bearer",
    `Bearer ${token}x`,
    "Bearer a b",
  ]) {
    const { statusCode } = await site.server.app.inject({
      url: "/api/v1/recordings",
      headers: { authorization },
    });
    assert.equal(statusCode, 401, authorization);
  }
  const { statusCode } = await site.server.app.inject({
    url: `/api/v1/recordings?authorization=${token}`,
  });
  assert.equal(statusCode, 401);
});

test("a key that is made while the recorder runs is good within a second", async (context) => {
  const site = await Site.open(context);
  site.clock.advance(2_000);
  const other = new Site(100);
  site.disk.files.forEach((bytes, path) => other.disk.put(path, bytes));
  await other.keys.load();
  const token = await other.keys.create("new", "manager");
  const ask = async () =>
    (
      await site.server.app.inject({
        url: "/api/v1/work",
        headers: { authorization: `Bearer ${token}` },
      })
    ).statusCode;
  assert.equal(await ask(), 401);
  site.disk.put("/state/keys.json", other.disk.text("/state/keys.json"));
  assert.equal(await ask(), 401);
  site.clock.advance(1_000);
  assert.equal(await ask(), 200);
});

test("an unknown path is 404 with the shape of every refusal", async (context) => {
  const site = await Site.open(context);
  assert.deepEqual(await site.refusal("GET", "/nowhere", null), [404, "not-found", "/nowhere"]);
  assert.deepEqual(await site.refusal("POST", "/healthz", null), [404, "not-found", "/healthz"]);
});

test("a request that cannot be read is refused in the same shape", async (context) => {
  const site = await Site.open(context);
  const response = await site.server.app.inject({
    method: "POST",
    url: "/api/v1/recordings/key-1/pause",
    headers: { ...site.headers("agent"), "content-type": "application/json" },
    payload: "{",
  });
  assert.equal(response.statusCode, 400);
  const { error } = response.json<{ error: Record<string, string> }>();
  assert.deepEqual(Object.keys(error), ["code", "path", "remedy"]);
});

test("a failure of ours is 500, without its words; a coded one with its code", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  const url = "/api/v1/recordings/key-1/audio";
  site.api.audio = () => new Error("ENOENT: /secret/path");
  assert.deepEqual(await site.refusal("GET", url), [500, "internal", url]);
  site.api.audio = () => new RecorderError("DRIVE_FAILED", "/pool");
  assert.deepEqual(await site.refusal("GET", url), [500, "DRIVE_FAILED", url]);
  assert.deepEqual(site.api.deeds(), Array(2).fill("export key-1 failed"));
});

test("a server listens on a port of the system's choice, and frees it", async (context) => {
  const site = await Site.open(context);
  const port = await site.server.listen("127.0.0.1", 0);
  assert.ok(port > 0);
  const response = await fetch(`http://127.0.0.1:${port}/healthz`);
  assert.deepEqual(await response.json(), { status: "ok" });
  const second = await HttpServer.create(site.api, site.keys);
  await assert.rejects(
    second.listen("127.0.0.1", port),
    (error) => error instanceof RecorderError && error.code === "PORT_IN_USE",
  );
  await second.close();
});

test("an address that is not of this machine is a coded error", async (context) => {
  const site = await Site.open(context);
  await assert.rejects(
    site.server.listen("192.0.2.10", 0),
    (error) => error instanceof RecorderError && error.code === "ADDRESS_NOT_LOCAL",
  );
});

test("who may not ask is told so before the body is read", async (context) => {
  const site = await Site.open(context);
  const ask = async (role: Role | null): Promise<number> => {
    const headers = role === null ? {} : site.headers(role);
    const given = { headers: { ...headers, "content-type": "application/json" }, payload: "{" };
    const url = "/api/v1/recordings/key-live/pause";
    return (await site.server.app.inject({ method: "POST", url, ...given })).statusCode;
  };
  assert.deepEqual([await ask(null), await ask("manager")], [401, 400]);
});

test("what Fastify refuses by itself looks like every refusal", async (context) => {
  const site = await Site.open(context);
  const headers = site.headers("administrator");
  const pause = "/api/v1/recordings/key-live/pause";
  const long = await site.server.app.inject({
    url: `/api/v1/recordings/${"x".repeat(500)}`,
    headers,
  });
  const big = await site.server.app.inject({
    method: "POST",
    url: pause,
    headers: { ...headers, "content-type": "application/json" },
    payload: `"${"x".repeat(BODY_LIMIT_BYTES)}"`,
  });
  const xml = await site.server.app.inject({
    method: "POST",
    url: pause,
    headers: { ...headers, "content-type": "application/xml" },
    payload: "<a/>",
  });
  const told = [long, big, xml].map(({ statusCode, json }) => {
    const { error } = json<{ error: { code: string; path: string; remedy: string } }>();
    assert.match(error.remedy, /^[A-Z].*\.$/);
    assert.ok(error.path.length <= 200);
    return [statusCode, error.code];
  });
  assert.deepEqual(told, [
    [414, "address-too-long"],
    [413, "body-too-large"],
    [415, "unsupported-media-type"],
  ]);
});

test("what is no HTTP, or has too long headers, is answered in the same words", async (context) => {
  const site = await Site.open(context);
  const port = await site.server.listen("127.0.0.1", 0);
  const ask = async (text: string): Promise<string> => {
    const socket = connect(port, "127.0.0.1");
    socket.end(text);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  };
  assert.match(await ask("nonsense\r\n\r\n"), /^HTTP\/1\.1 400 Bad Request\r\n.*"bad-request"/s);
  const long = `GET /readyz?${"x".repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`;
  assert.match(await ask(long), /^HTTP\/1\.1 431 .*"headers-too-large".*"remedy"/s);
});
