// The browser's session: a SameSite=Strict cookie, the Origin checked, no key in a URL (design.md
// §5, "Access").
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BrowserSessions,
  MAXIMUM_SESSIONS,
  SESSION_IDLE_MS,
  SESSION_LIMIT_MS,
  sessionCookie,
  sessionTokenIn,
} from "../../src/http/sessions.ts";
import { TestClock } from "../sip/fake-ports.ts";
import { countingRandom, Site, VIEW, type Method } from "./fakes.ts";

const HOST = "recorder.example:8080";
const ORIGIN = `http://${HOST}`;

async function begin(site: Site, headers: Record<string, string> = { origin: ORIGIN }) {
  const response = await site.server.app.inject({
    method: "POST",
    url: "/api/v1/session",
    headers: { host: HOST, ...headers },
    payload: { key: site.tokens.get("supervisor") },
  });
  const setCookie = String(response.headers["set-cookie"] ?? "");
  return { status: response.statusCode, setCookie, cookie: setCookie.split(";")[0] ?? "" };
}

async function ask(site: Site, method: Method, url: string, headers: Record<string, string>) {
  const response = await site.server.app.inject({
    method,
    url,
    headers: { host: HOST, ...headers },
  });
  return response.statusCode;
}

test("a key begins a session; its cookie is HttpOnly and SameSite=Strict", async (context) => {
  const site = await Site.open(context);
  const { status, setCookie, cookie } = await begin(site);
  assert.equal(status, 200);
  assert.match(
    setCookie,
    /^tapeline_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
  );
  assert.ok(!setCookie.includes(site.tokens.get("supervisor") ?? "?"));
  assert.equal(await ask(site, "GET", "/api/v1/recordings", { cookie }), 200);
  assert.equal(await ask(site, "GET", "/api/v1/keys", { cookie }), 403);
  assert.match(sessionCookie("x", true), /; Secure$/);
  assert.equal(site.api.deeds()[0], `session-begin ${site.keys.list()[1]?.id} ok`);
});

test("a session changes things only from a page of our own origin", async (context) => {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  const { cookie } = await begin(site);
  const url = "/api/v1/recordings/key-live/pause";
  assert.equal(await ask(site, "POST", url, { cookie, origin: ORIGIN }), 200);
  assert.equal(site.api.pauses[0], "pause key-live by supervisor's via dashboard");
  for (const origin of ["http://evil.example", "null", `${ORIGIN}0`]) {
    assert.equal(await ask(site, "POST", url, { cookie, origin }), 403, origin);
    assert.equal(await ask(site, "GET", "/api/v1/recordings", { cookie, origin }), 403, origin);
  }
  assert.equal(await ask(site, "POST", url, { cookie }), 403, "without an Origin");
  const foreign = { cookie, "sec-fetch-site": "cross-site" };
  assert.equal(await ask(site, "GET", "/api/v1/recordings", foreign), 403);
  const own = { cookie, "sec-fetch-site": "same-origin" };
  assert.equal(await ask(site, "GET", "/api/v1/recordings", own), 200);
  const listen = site.server.app.injectWS("/api/v1/live/stream-1/audio", {
    headers: { host: HOST, cookie },
  });
  await assert.rejects(listen, /403/, "a WebSocket without an Origin");
});

test("a foreign page begins no session; nor does a wrong key, nor one in the URL", async (context) => {
  const site = await Site.open(context);
  assert.equal((await begin(site, { origin: "http://evil.example" })).status, 403);
  assert.equal((await begin(site, {})).status, 200);
  const wrong = await site.refusal("POST", "/api/v1/session", null, { key: "guess" });
  assert.deepEqual(wrong, [401, "unauthorised", "authorization"]);
  assert.deepEqual(await site.refusal("POST", "/api/v1/session", null, {}), [
    400,
    "bad-body",
    "key",
  ]);
  const token = site.tokens.get("administrator") ?? "";
  for (const name of ["key", "token", "access_token"]) {
    assert.equal((await site.ask("GET", `/api/v1/recordings?${name}=${token}`, null)).status, 401);
  }
});

test("a session ends on request, and with its key", async (context) => {
  const site = await Site.open(context);
  const url = "/api/v1/session";
  const first = await begin(site);
  const { cookie } = first;
  assert.equal(await ask(site, "GET", url, { cookie }), 200);
  assert.equal(await ask(site, "DELETE", url, { cookie, origin: ORIGIN }), 200);
  assert.equal(await ask(site, "GET", url, { cookie }), 401);
  const second = await begin(site);
  await site.keys.revoke(site.keys.list()[1]?.id ?? "");
  assert.equal(await ask(site, "GET", url, { cookie: second.cookie }), 401);
  const shown = await site.ask("GET", url, "manager");
  assert.deepEqual(shown.body, { name: "manager's", role: "manager", extensions: null });
});

test("sessions end with time, and beyond the limit the oldest does", () => {
  const clock = new TestClock();
  const sessions = new BrowserSessions({ clock, random: countingRandom() });
  const token = sessions.begin("k");
  for (let ms = 0; ms + SESSION_IDLE_MS < SESSION_LIMIT_MS; ms += SESSION_IDLE_MS - 1) {
    assert.equal(sessions.keyIdOf(token), "k");
    clock.advance(SESSION_IDLE_MS - 1);
  }
  clock.advance(SESSION_IDLE_MS);
  assert.equal(sessions.keyIdOf(token), null, "too old");
  const idle = sessions.begin("k");
  clock.advance(SESSION_IDLE_MS);
  assert.equal(sessions.keyIdOf(idle), null, "idle for too long");
  const oldest = sessions.begin("k");
  for (let count = 0; count < MAXIMUM_SESSIONS; count += 1) sessions.begin("k");
  assert.equal(sessions.keyIdOf(oldest), null);
});

test("the cookie among others", () => {
  assert.equal(sessionTokenIn("a=b; tapeline_session=xyz; c=d"), "xyz");
  for (const text of [undefined, "", "tapeline_session=", "session=xyz", ";;="]) {
    assert.equal(sessionTokenIn(text), null);
  }
});
