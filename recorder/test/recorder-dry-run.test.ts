// Rules tried on past calls: those of calls.jsonl, by given rules or those in force.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../src/config.ts";
import { createDryRun } from "../src/recorder-dry-run.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { RULE_SET } from "./http/full-api.ts";
import { CALL } from "./http/fakes.ts";

const SPAN = { fromTimeMs: 0, toTimeMs: Number.MAX_SAFE_INTEGER, limit: 10 };

function open(rules: readonly object[] = []) {
  const checked = checkConfig(
    { recorder: { address: "192.0.2.10" }, sip: { allow: ["192.0.2.1"] } },
    { environment: {}, baseDirectory: "/" },
  );
  assert.ok(checked.ok);
  const disk = new MemoryDisk();
  const path = `${checked.config.state.directory}/calls.jsonl`;
  const call = { ...CALL, events: [] };
  const rows = [call, { ...call, callKey: "call-2", open: true }, { type: "discard" }];
  disk.put(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const book = {
    current: () => ({ ...RULE_SET, rules: rules as never }),
    history: () => [],
    replace: () => assert.fail("a dry run replaces nothing"),
    reload: () => assert.fail("a dry run reloads nothing"),
  };
  return createDryRun(checked.config, disk, book);
}

test("each past call is judged once, and why; without rules all are kept", async () => {
  const answer = await open()({ rules: null, ...SPAN });
  assert.ok(answer.ok);
  assert.deepEqual(
    answer.calls.map(({ callKey, wouldRecord }) => [callKey, wouldRecord]),
    [["call-1", true]],
  );
});

test("rules that cannot be used are told, with path and remedy", async () => {
  const answer = await open()({ rules: [{ title: "x", kind: "no-kind" }], ...SPAN });
  assert.ok(!answer.ok);
  assert.match(answer.problems[0]?.path ?? "", /^rules\[0\]/);
});

test("only calls of the span", async () => {
  const dryRun = open();
  const startedMs = Date.parse("2026-11-22T17:00:00.000Z");
  for (const [span, count] of [
    [{ ...SPAN, fromTimeMs: startedMs }, 1],
    [{ ...SPAN, fromTimeMs: startedMs + 1 }, 0],
    [{ ...SPAN, toTimeMs: startedMs }, 0],
  ] as const) {
    const answer = await dryRun({ rules: null, ...span });
    assert.equal(answer.ok && answer.calls.length, count);
  }
});
