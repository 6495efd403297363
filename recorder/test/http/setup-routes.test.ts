// The set-up over HTTP: for administrators alone, audited, every refusal with its remedy; and the
// one-time key of a first start.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { HttpServer } from "../../src/http/server.ts";
import type { Setup, SetupSaved } from "../../src/setup-contract.ts";
import { Site } from "./fakes.ts";

const SETTINGS = {
  offices: [],
  recorder: { name: "recorder-1", address: "192.0.2.10", recordFromBeginning: true },
  ports: { sip: 5060, rtp: 5004, httpHost: "127.0.0.1", http: 8080 },
  storage: { live: "data/live", pool: "data/pool", maxBytes: "100 GiB" },
};

class FakeSetup implements Setup {
  readonly deeds: string[] = [];
  saved: SetupSaved = {
    ...{ ok: true, file: "/etc/recorder.yaml", backup: null, warnings: [] },
    reload: { applied: ["pools"], needsRestart: ["devlink3"], failed: [] },
  };

  read() {
    return Promise.resolve({
      ...{ isNeeded: true, file: "/etc/recorder.yaml", revision: "abc", settings: SETTINGS },
      ...{ passwordsOf: [], addresses: ["192.0.2.10"], needsRestart: [], firewall: [] },
    });
  }
  check() {
    const check = { path: "sip.port", status: "problem", detail: "is taken", remedy: "Stop it." };
    return Promise.resolve({
      checks: [check as { status: "problem" } & typeof check],
      firewall: [],
    });
  }
  save() {
    return Promise.resolve(this.saved);
  }
  restart(): void {
    this.deeds.push("restart");
  }
}

async function open(context: TestContext) {
  const site = await Site.open(context);
  const setup = new FakeSetup();
  const server = await HttpServer.create(site.api, site.keys, { setup });
  context.after(() => server.close());
  const ask = async (method: "GET" | "POST" | "PUT", url: string, payload?: object) => {
    const who = site.headers("administrator");
    const answer = await server.app.inject({
      ...{ method, url, headers: who },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
  return { site, setup, server, ask };
}

test("read, tested, saved, restarted; each deed is in the audit", async (context) => {
  const { site, setup, ask } = await open(context);
  assert.equal((await ask("GET", "/api/v1/setup")).body["revision"], "abc");
  const step = { step: "ports", settings: SETTINGS };
  const checked = await ask("POST", "/api/v1/setup/check", step);
  assert.deepEqual([checked.status, checked.body["isGood"]], [200, false]);
  const saved = await ask("PUT", "/api/v1/setup", { settings: SETTINGS, expectedRevision: "abc" });
  assert.deepEqual([saved.status, saved.body["needsRestart"]], [200, ["devlink3"]]);
  assert.equal((await ask("POST", "/api/v1/restart")).status, 202);
  assert.deepEqual(setup.deeds, ["restart"]);
  assert.deepEqual(site.api.deeds(), [
    "setup-check ports problem",
    "setup-save configuration ok",
    "restart recorder ok",
  ]);
});

test("what cannot be saved says why: invalid, changed meanwhile, not writable", async (context) => {
  const { setup, ask } = await open(context);
  const problem = { path: "sip.port", detail: "is not a port", remedy: "Use 1 to 65535." };
  const cases: readonly [SetupSaved, number, string, string][] = [
    [{ ok: false, code: "invalid", problems: [problem] }, 400, "bad-settings", "sip.port"],
    [{ ok: false, code: "conflict" }, 409, "conflict", "expectedRevision"],
    [
      { ok: false, code: "not-writable", detail: "/etc: EROFS" },
      409,
      "not-writable",
      "/etc: EROFS",
    ],
  ];
  for (const [saved, status, code, path] of cases) {
    setup.saved = saved;
    const answer = await ask("PUT", "/api/v1/setup", { settings: SETTINGS });
    const error = answer.body["error"] as Record<string, string>;
    assert.deepEqual([answer.status, error["code"], error["path"]], [status, code, path]);
    assert.notEqual(error["remedy"], "");
  }
});

test("others than administrators have no set-up, nor has a recorder without a file", async (context) => {
  const { site, server } = await open(context);
  const headers = site.headers("manager");
  for (const [method, url] of [
    ["GET", "/api/v1/setup"],
    ["POST", "/api/v1/restart"],
  ] as const) {
    assert.equal((await server.app.inject({ method, url, headers })).statusCode, 403);
  }
  assert.equal((await site.ask("GET", "/api/v1/setup", "administrator")).status, 404);
});

test("a first start's key opens one session, and is gone once an administrator has a key", async (context) => {
  const site = new Site();
  const token = await site.keys.addOneTime();
  const server = await HttpServer.create(site.api, site.keys);
  context.after(() => server.close());
  const isFirst = async () =>
    (await server.app.inject("/api/v1/first-start")).json<{ isFirstStart: boolean }>().isFirstStart;
  assert.equal(await isFirst(), true);
  const signIn = () =>
    server.app.inject({ method: "POST", url: "/api/v1/session", payload: { key: token } });
  const first = await signIn();
  assert.equal(first.statusCode, 200);
  assert.equal((await signIn()).statusCode, 401);
  const cookie = String(first.headers["set-cookie"]).split(";", 1)[0] ?? "";
  const origin = { cookie, host: "localhost:8080", origin: "http://localhost:8080" };
  const made = await server.app.inject({
    ...{ method: "POST", url: "/api/v1/keys", headers: origin },
    payload: { name: "Ann", role: "administrator" },
  });
  assert.equal(made.statusCode, 201, made.body);
  assert.equal(await isFirst(), false);
  const after = await server.app.inject({ url: "/api/v1/session", headers: origin });
  assert.equal(after.statusCode, 401);
});
