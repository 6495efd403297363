// A reload puts in force what can be, names what needs a restart, and keeps what a part could not
// take; the values never reach the log, for some are secrets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, type RecorderConfig } from "../src/config.ts";
import type { LogFields, Logger } from "../src/log.ts";
import { Metrics } from "../src/metrics.ts";
import { Reloader, type ReloadPart } from "../src/recorder-reload.ts";

function config(changes: Readonly<Record<string, unknown>> = {}): RecorderConfig {
  const office = { host: "192.0.2.1", user: "recorder", password: "old-secret" };
  const value = { recorder: { address: "192.0.2.10" }, devlink3: [office], ...changes };
  const result = checkConfig(value, { environment: {}, baseDirectory: "/srv" });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

function setUp(applies: Readonly<Record<string, (next: RecorderConfig) => Promise<void>>> = {}) {
  const lines: string[] = [];
  const note = (message: string, fields?: LogFields): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  const applied: string[] = [];
  const part = (name: string, covers: RegExp | null, isAlways = false): ReloadPart => ({
    ...{ name, covers, isAlways },
    apply: async (next) => {
      await applies[name]?.(next);
      applied.push(name);
    },
  });
  const parts = [part("pools", /^pools\b/), part("log", /^log\.level$/), part("keys", null, true)];
  const metrics = new Metrics();
  return { applied, lines, metrics, reloader: new Reloader(config(), parts, { log, metrics }) };
}

const DEBUG = { log: { level: "debug" } };

test("what a part covers is applied once; what none covers waits for a restart, as long as it differs", async () => {
  const { reloader, applied, metrics } = setUp();
  const next = config({ ...DEBUG, sip: { port: 5070 } });
  const first = await reloader.reload(next);
  assert.deepEqual(first, { applied: ["log.level"], needsRestart: ["sip.port"], failed: [] });
  assert.deepEqual(applied, ["log", "keys"]);
  const again = await reloader.reload(next);
  assert.deepEqual(again, { applied: [], needsRestart: ["sip.port"], failed: [] });
  assert.deepEqual(applied, ["log", "keys", "keys"]);
  const back = await reloader.reload(config());
  assert.deepEqual(back, { applied: ["log.level"], needsRestart: [], failed: [] });
  assert.equal(metrics.get("config_reloads_total"), 3);
});

test("a part that fails keeps what it had, the others go on, and it is tried again next time", async () => {
  let isBroken = true;
  const { reloader, applied, lines } = setUp({
    pools: () => (isBroken ? Promise.reject(new Error("the drive is gone")) : Promise.resolve()),
  });
  const next = config({ ...DEBUG, pools: [{ name: "other", drives: [{ path: "/b" }] }] });
  const { failed, applied: paths } = await reloader.reload(next);
  assert.deepEqual(failed, [{ part: "pools", detail: "the drive is gone" }]);
  assert.deepEqual(paths, ["log.level"]);
  assert.ok(lines.some((line) => line.includes("RELOAD_FAILED")));
  isBroken = false;
  const second = await reloader.reload(next);
  assert.deepEqual(second.failed, []);
  assert.ok(second.applied.every((path) => path.startsWith("pools")));
  assert.deepEqual(applied, ["log", "keys", "pools", "keys"]);
});

test("reloads have their turn one after the other", async () => {
  const held = Promise.withResolvers<void>();
  const { reloader, applied } = setUp({ log: () => held.promise });
  const [one, two] = [reloader.reload(config(DEBUG)), reloader.reload(config())];
  assert.deepEqual(applied, []);
  held.resolve();
  await Promise.all([one, two]);
  assert.deepEqual(applied, ["log", "keys", "log", "keys"]);
});

test("a file with problems changes nothing; secrets are never told", async () => {
  const { reloader, applied, lines, metrics } = setUp();
  reloader.refuse([{ path: "pause.fill", detail: "is not a known value", remedy: "Use tone." }]);
  assert.deepEqual(applied, []);
  assert.equal(metrics.get("config_reloads_refused_total"), 1);
  assert.match(lines[0] ?? "", /RELOAD_REFUSED.*pause\.fill is not a known value/);
  const office = { host: "192.0.2.1", user: "recorder", password: "new-secret" };
  const { needsRestart } = await reloader.reload(config({ devlink3: [office] }));
  assert.deepEqual(needsRestart, ["devlink3[0].password"]);
  assert.doesNotMatch(lines.join("\n"), /secret/);
});
