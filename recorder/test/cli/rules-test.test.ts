// `tapeline-recorder rules test` as users run it.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { step } from "../rules/steps.ts";
import { CommandLine } from "./run.ts";

const CONFIG = `
recorder: { address: 192.0.2.10 }
devlink3: [{ host: 192.0.2.1, user: u, password: p }]
state: { directory: state }
rules:
  - { title: Acme, kind: external-number, match: { numbers: ["+4930*"] } }
  - { title: Not by night, kind: group, record: false, match: { groups: [300] }, times: [{ to: "06:00" }] }
`;

function row(callKey: string, hour: number): string {
  const { atWallMs: _, ...rest } = step();
  const at = `2026-01-05T${String(hour).padStart(2, "0")}:00:00.000Z`;
  const event = { ...rest, at };
  return JSON.stringify({
    type: "call",
    callKey,
    startedAt: at,
    parties: ["a", "b"],
    events: [event],
  });
}

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "tapeline-rules-"));
  context.after(() => rm(path, { recursive: true }));
  await writeFile(join(path, "recorder.yaml"), CONFIG);
  await mkdir(join(path, "state"));
  await writeFile(join(path, "state/calls.jsonl"), `${row("day-1", 9)}\n${row("night-2", 5)}\n`);
  return path;
}

async function run(path: string, ...more: readonly string[]) {
  const { ended } = new CommandLine([
    "rules",
    "test",
    "--config",
    join(path, "recorder.yaml"),
    ...more,
  ]);
  return ended;
}

test("each call is explained, and the sum stands at the end", async (context) => {
  const { code, stdout } = await run(await folder(context));
  assert.equal(code, 0);
  const lines = stdout.trim().split("\n");
  assert.equal(lines[0], "rules of the configuration");
  assert.equal(lines.at(-1), "would record 1 of 2");
  assert.ok(lines.includes('  record: the rule "Acme" wants it'));
  assert.ok(lines.includes('  don\'t record: the negative rule "Not by night" refuses it'));
  assert.ok(lines.includes("    - Not by night: the event was outside its times"));
});

test("--json prints one document; saved rules count before those of the configuration", async (context) => {
  const path = await folder(context);
  const rule = { title: "Nobody", kind: "agent", match: { agents: ["9"] } };
  const saved = join(path, "state/rules.json");
  await writeFile(saved, JSON.stringify({ version: 1, revision: 3, rules: [rule] }));
  const { code, stdout } = await run(path, "--calls", join(path, "state/calls.jsonl"), "--json");
  assert.equal(code, 0);
  const report = JSON.parse(stdout) as { rulesFrom: string; summary: unknown };
  assert.equal(report.rulesFrom, saved);
  assert.deepEqual(report.summary, { calls: 2, wouldRecord: 0, unreadableLines: 0 });
});

test("what cannot be used is said, with exit code 2", async (context) => {
  const path = await folder(context);
  const missing = await run(path, "--calls", join(path, "none"));
  assert.deepEqual([missing.code, /cannot be read \(ENOENT\)/.test(missing.stderr)], [2, true]);
  const odd = await run(path, "--calls", join(path, "recorder.yaml"));
  assert.deepEqual([odd.code, /neither a calls.jsonl nor a cd3_log/.test(odd.stderr)], [2, true]);
  await writeFile(join(path, "state/rules.json"), "{");
  const torn = await run(path);
  assert.deepEqual([torn.code, /is not JSON/.test(torn.stderr)], [2, true]);
  await writeFile(join(path, "state/rules.json"), '{"rules":[{"title":"a"}]}');
  const bad = await run(path);
  assert.deepEqual(
    [bad.code, /rules\[0\]\.kind is not a kind of rule/.test(bad.stderr)],
    [2, true],
  );
});
