// Exit codes as users and service managers rely on them (design.md §7), the health check, and what
// a reload says: each with a recorder of its own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { CommandLine, configuration, run } from "./run.ts";

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  server.close();
  await once(server, "close");
  return address.port;
}

test("70: a bug ends the recorder at once, with its words; 0: the next start and a stop in order", async (context) => {
  const { file } = await configuration(context);
  const plant = 'process.on("SIGUSR2", () => { throw new Error("planted"); })';
  const recorder = new CommandLine(["start", "--config", file, "--json"], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(plant)}`,
  });
  await recorder.output(/"ready":true/);
  recorder.signal("SIGUSR2");
  const { code, stderr } = await recorder.ended;
  assert.equal(code, 70);
  assert.match(stderr, /^bug: Error: planted$/m);
  const again = new CommandLine(["start", "--config", file, "--json"]);
  await again.output(/"ready":true/);
  again.signal("SIGTERM");
  assert.equal((await again.ended).code, 0);
});

test("health: 0 while it can record, 1 when nobody answers, 2 when nobody knows where to ask", async (context) => {
  const port = await freeTcpPort();
  const { file } = await configuration(context, { http: { port } });
  const none = await run("health", "--config", file);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^no recorder answers at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)$/m);
  const recorder = new CommandLine(["start", "--config", file, "--json"]);
  await recorder.output(/"ready":true/);
  const well = await run("health", "--config", file);
  assert.deepEqual([well.code, well.stdout], [0, "ready\n"]);
  recorder.signal("SIGTERM");
  assert.equal((await recorder.ended).code, 0);
  const { file: anyPort } = await configuration(context);
  assert.equal((await run("health", "--config", anyPort)).code, 2);
  const { file: broken } = await configuration(context, { pause: { fill: "music" } });
  assert.equal((await run("health", "--config", broken)).code, 2);
});

test("SIGHUP: the level changes at once, a port waits for a restart, a broken file is refused", async (context) => {
  const { file, directory } = await configuration(context);
  const recorder = new CommandLine(["start", "--config", file]);
  await recorder.output(/is ready/);
  const value = JSON.parse(await readFile(file, "utf8")) as Record<string, object>;
  const changed = { ...value, log: { level: "debug" }, http: { port: 0, maximumListeners: 7 } };
  await writeFile(file, JSON.stringify(changed));
  recorder.signal("SIGHUP");
  await recorder.output(/was read again; changed: log\.level\n/);
  await recorder.output(/waits for a restart: http\.maximumListeners\n/);
  await writeFile(file, JSON.stringify({ ...changed, pause: { fill: "music" } }));
  recorder.signal("SIGHUP");
  await recorder.output(
    /is refused; the recorder goes on with what it has:\n {2}pause\.fill is not/,
  );
  recorder.signal("SIGTERM");
  assert.equal((await recorder.ended).code, 0);
  const log = await readFile(join(directory, "data/log/library.log"), "utf8");
  assert.match(log, /configuration reloaded/);
  assert.match(log, /RELOAD_REFUSED/);
});
