// The command line's contract (design.md §7): commands, options, exit codes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { configuration, run } from "./run.ts";

test("help names the commands and exits 0", async () => {
  const { code, stdout } = await run("--help");
  assert.equal(code, 0);
  for (const word of ["start", "check-config", "inspect", "key", "Example:"]) {
    assert.ok(stdout.includes(word), word);
  }
});

test("what cannot be understood exits 2 and shows how", async () => {
  const wrong = [["dance"], ["start"], ["start", "--config", "x", "--bogus"], ["key", "create"]];
  for (const { code, stderr } of await Promise.all(wrong.map((args) => run(...args)))) {
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Usage: tapeline-recorder/);
  }
});

test("key create shows a key once and stores its hash", async (context) => {
  const { file, directory } = await configuration(context);
  const { code, stdout, stderr } = await run(
    ...["key", "create", "--config", file, "--role", "manager", "--name", "Ann"],
  );
  assert.equal(code, 0, stderr);
  const token = stdout.trim();
  assert.match(token, /^tapeline_[A-Za-z0-9_-]{32}$/);
  const stored = await readFile(join(directory, "data/state/keys.json"), "utf8");
  assert.ok(stored.includes('"Ann"') && !stored.includes(token));
});

test("key create refuses another role, and a configuration that is not good", async (context) => {
  const { file } = await configuration(context, { recorder: { address: "localhost" } });
  const role = await run(...["key", "create", "--config", file, "--role", "king", "--name", "Ann"]);
  assert.deepEqual([role.code, role.stdout], [2, ""]);
  assert.match(role.stderr, /"king" is no role; use one of agent, supervisor/);
  const config = await run(
    ...["key", "create", "--config", file, "--role", "agent", "--name", "Ann"],
  );
  assert.equal(config.code, 2);
  assert.match(config.stderr, /^recorder\.address is not an IP address\. /);
});
