// What a command leaves for the audit trail is taken by the recorder, at work or at its next start.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CommandLine, configuration, run } from "./run.ts";

test("a bundle that was made while no recorder ran is audited at the next start", async (context) => {
  const { file, directory } = await configuration(context);
  const state = join(directory, "data/state");
  const out = join(directory, "report.zip");
  const { code, stderr } = await run("bundle", "--config", file, "--out", out);
  assert.equal(code, 0, stderr);
  assert.equal((await readdir(join(state, "audit-spool"))).length, 1);
  // What is no line of ours is removed and not believed.
  await writeFile(join(state, "audit-spool/forged.json"), '{"by":"somebody"}');
  const recorder = new CommandLine(["start", "--config", file]);
  await recorder.output(/is ready/);
  while ((await readdir(join(state, "audit-spool"))).length > 0);
  recorder.signal("SIGTERM");
  assert.equal((await recorder.ended).code, 0);
  const lines = (await readFile(join(state, "audit.jsonl"), "utf8")).trim().split("\n");
  assert.equal(lines.length, 1);
  const { by, action, target, result, detail } = JSON.parse(lines[0]!) as Record<string, string>;
  assert.deepEqual(
    { by, action, target, result, detail },
    { by: "command line", action: "bundle", target: "everything", result: "ok", detail: out },
  );
  assert.deepEqual(await readdir(join(state, "audit-spool")), []);
});

test("without a place for its audit line no bundle is made", async (context) => {
  const { file, directory } = await configuration(context);
  const state = join(directory, "data/state");
  await mkdir(state, { recursive: true });
  await writeFile(join(state, "audit-spool"), "a file where the directory should be");
  const out = join(directory, "report.zip");
  const { code, stderr } = await run("bundle", "--config", file, "--out", out);
  assert.equal(code, 1);
  assert.match(stderr, /every export is audited.*EEXIST|ENOTDIR/s);
  await assert.rejects(readFile(out), { code: "ENOENT" });
});
