// `tapeline-recorder key`: make, list, take back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { configuration, run } from "./run.ts";

test("keys are made with a scope, listed without secrets, taken back by id", async (context) => {
  const { file } = await configuration(context);
  const create = ["key", "create", "--config", file, "--role"];
  const scoped = await run(...create, "agent", "--name", "Ann", "--extensions", "201, 202");
  assert.deepEqual([scoped.code, scoped.stderr], [0, ""]);
  const unscoped = await run(...create, "agent", "--name", "Bob");
  assert.equal(unscoped.code, 0);
  assert.match(unscoped.stderr, /--extensions limits it/);
  const listed = await run("key", "list", "--config", file, "--json");
  const { keys } = JSON.parse(listed.stdout) as { keys: Record<string, unknown>[] };
  const shown = keys.map(({ name, role, extensions }) => ({ name, role, extensions }));
  assert.deepEqual(shown, [
    { name: "Ann", role: "agent", extensions: ["201", "202"] },
    { name: "Bob", role: "agent", extensions: null },
  ]);
  assert.ok(!listed.stdout.includes("hash") && !listed.stdout.includes(scoped.stdout.trim()));
  const revoked = await run("key", "revoke", String(keys[0]?.["id"]), "--config", file);
  assert.deepEqual([revoked.code, revoked.stdout], [0, "Ann (agent) is revoked.\n"]);
  const text = await run("key", "list", "--config", file);
  assert.match(text.stdout, /^\S{36} {2}agent .* Bob {2}\(extensions: all\)\n$/);
  const again = await run("key", "revoke", String(keys[0]?.["id"]), "--config", file);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /There is no key .* `key list` shows the ids/);
});

test("a scope that cannot be read makes no key", async (context) => {
  const { file } = await configuration(context);
  const options = ["--config", file, "--role", "agent", "--name", "Ann", "--extensions", "201,,"];
  const { code, stderr } = await run("key", "create", ...options);
  assert.equal(code, 2);
  assert.match(stderr, /Write extensions with commas between them: 201,202/);
});
