// The set-up over a file and this machine: each step's test, saving beside the file before, and
// what waits for a restart.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { loadConfig } from "../../src/cli/load-config.ts";
import { createSetup, makeFirstFile } from "../../src/cli/setup.ts";
import type { RecorderConfig } from "../../src/config.ts";
import { configuration, temporaryDirectory } from "./run.ts";

async function open(context: TestContext) {
  const { file, directory } = await configuration(context);
  const loaded = await loadConfig(file, {});
  assert.ok(loaded.ok);
  const reloaded: RecorderConfig[] = [];
  const restarts: string[] = [];
  const setup = createSetup({
    file,
    environment: {},
    recorder: {
      config: loaded.config,
      keys: { isFirstStart: () => false } as never,
      reload: (next) => {
        reloaded.push(next);
        return Promise.resolve({ applied: ["pools"], needsRestart: ["devlink3"], failed: [] });
      },
    },
    bound: { httpPort: 0 },
    onRestart: () => restarts.push("restart"),
  });
  return { setup, file, directory, reloaded, restarts, config: loaded.config };
}

test("without an IP Office the set-up is needed, and its first step says so", async (context) => {
  const { setup, file } = await open(context);
  const view = await setup.read();
  assert.deepEqual([view.isNeeded, view.file, view.passwordsOf], [true, file, []]);
  const { checks } = await setup.check("offices", view.settings);
  assert.deepEqual(
    checks.map(({ path, status }) => [path, status]),
    [["devlink3", "warning"]],
  );
});

test("an IP Office that does not answer is a problem with its remedy", async (context) => {
  const { setup } = await open(context);
  const { settings } = await setup.read();
  const office = { host: "127.0.0.1", port: 1, tls: false, user: "u", password: "p", scn: false };
  const { checks } = await setup.check("offices", { ...settings, offices: [office] });
  assert.equal(checks[0]?.status, "problem");
  assert.match(checks[0]?.detail ?? "", /^DEVLINK3_UNREACHABLE/);
  assert.notEqual(checks[0]?.remedy, "");
});

test("R12: a step that the configuration refuses is told by its path", async (context) => {
  const { setup } = await open(context);
  const { settings } = await setup.read();
  const recorder = { ...settings.recorder, address: "recorder.example.com" };
  const { checks } = await setup.check("recorder", { ...settings, recorder });
  assert.deepEqual(
    checks.map(({ path, status }) => [path, status]),
    [["recorder.address", "problem"]],
  );
});

test("R15: another program's port is a problem, the recorder's own is not", async (context) => {
  const { setup, config } = await open(context);
  const { settings } = await setup.read();
  assert.ok("port" in config.rtp);
  const taken = createSocket("udp4").bind(config.rtp.port, "127.0.0.1");
  const other = createSocket("udp4").bind(0, "127.0.0.1");
  context.after(() => [taken, other].forEach((socket) => socket.close()));
  await Promise.all([once(taken, "listening"), once(other, "listening")]);
  const statusOf = async (changes: Partial<typeof settings.ports>) => {
    const ports = { ...settings.ports, ...changes };
    const { checks } = await setup.check("ports", { ...settings, ports });
    return checks.find(({ path, status }) => status === "problem" && path !== "http.port")?.path;
  };
  assert.equal(await statusOf({}), undefined);
  assert.equal(await statusOf({ sip: other.address().port }), "sip.port");
});

test("a pool that cannot be written is a problem, one that can says how long it lasts", async (context) => {
  const { setup, directory } = await open(context);
  const { settings } = await setup.read();
  const statuses = async (pool: string) => {
    const storage = { ...settings.storage, pool };
    const { checks } = await setup.check("storage", { ...settings, storage });
    return checks.filter(({ path }) => path.startsWith("pools")).map(({ status }) => status);
  };
  await writeFile(join(directory, "plain"), "");
  assert.deepEqual(await statuses("plain/pool"), ["problem"]);
  assert.ok((await statuses("data/pool")).includes("good"));
});

test("saved: the file before stays beside, what is not in force is told, a conflict changes nothing", async (context) => {
  const { setup, file, reloaded, restarts } = await open(context);
  const { settings, revision } = await setup.read();
  const before = await readFile(file, "utf8");
  const wanted = { ...settings, recorder: { ...settings.recorder, name: "second" } };
  const saved = await setup.save(wanted, revision);
  assert.ok(saved.ok, JSON.stringify(saved));
  assert.deepEqual(saved.reload.needsRestart, ["devlink3"]);
  assert.equal(reloaded[0]?.recorder.name, "second");
  assert.equal(await readFile(saved.backup ?? "", "utf8"), before);
  assert.equal((await stat(file)).mode & 0o022, 0);
  assert.deepEqual((await setup.read()).needsRestart, ["devlink3"]);
  const late = await setup.save(settings, revision);
  assert.deepEqual(late, { ok: false, code: "conflict" });
  const invalid = await setup.save({ ...wanted, ports: { ...wanted.ports, sip: 0 } }, null);
  assert.ok(!invalid.ok && invalid.code === "invalid");
  assert.equal(invalid.problems[0]?.path, "sip.port");
  setup.restart();
  assert.deepEqual(restarts, ["restart"]);
});

test("a first file is made once, for its owner alone; another one is never touched", async (context) => {
  const directory = await temporaryDirectory(context);
  const file = join(directory, "etc", "recorder.yaml");
  const problem = await makeFirstFile(file);
  if (problem === null) assert.equal((await stat(file)).mode & 0o777, 0o600);
  else assert.match(problem.detail, /no address/);
  const own = join(directory, "own.yaml");
  await writeFile(own, "mine");
  assert.equal(await makeFirstFile(own), null);
  assert.equal(await readFile(own, "utf8"), "mine");
});
