// `log-filter`: the running recorder takes another level, and says so (R18, R19).
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DEVLINK_FILTER, LOG_FILTER_NAMES } from "../../src/log-filters.ts";
import { CommandLine, configuration, run } from "./run.ts";

test("R18, R19 a filter of the running recorder is switched, shown and audited", async (context) => {
  const { file, directory } = await configuration(context);
  const recorder = new CommandLine(["start", "--config", file]);
  await recorder.output(/is ready/);
  const before = await run("log-filter", "--config", file);
  assert.equal(before.stdout, LOG_FILTER_NAMES.map((name) => `info   ${name}\n`).join(""));
  const switched = await run("log-filter", DEVLINK_FILTER, "debug", "--config", file, "--json");
  assert.equal(switched.code, 0, switched.stderr);
  const { filters } = JSON.parse(switched.stdout) as { filters: { name: string; level: string }[] };
  assert.deepEqual(
    filters.filter(({ level }) => level === "debug").map(({ name }) => name),
    [DEVLINK_FILTER],
  );
  recorder.signal("SIGTERM");
  assert.equal((await recorder.ended).code, 0);
  const audit = await readFile(join(directory, "data/state/audit.jsonl"), "utf8");
  assert.match(audit, /"by":"command line","action":"log-filter","target":"Recording Library >/);
});

test("what is no filter or no level is refused with the choices, before anything runs", async () => {
  const noFilter = await run("log-filter", "Weather", "debug", "--config", "none.yaml");
  assert.equal(noFilter.code, 2);
  assert.ok(noFilter.stderr.includes(DEVLINK_FILTER));
  const noLevel = await run("log-filter", "SIP", "loud", "--config", "none.yaml");
  assert.equal(noLevel.code, 2);
  assert.match(noLevel.stderr, /"loud" is no level.*\n {2}debug\n/);
  assert.equal((await run("log-filter", "SIP", "--config", "none.yaml")).code, 2);
});

test("when no recorder has ever run, that is said", async (context) => {
  const { file } = await configuration(context);
  const { code, stderr } = await run("log-filter", "SIP", "debug", "--config", file);
  assert.equal(code, 1);
  assert.match(stderr, /No recorder with this configuration answers.*log\.filters/);
});
