// `tapeline-recorder reconcile`: the report from the files alone, with no catalog and no recorder.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { run, temporaryDirectory } from "./run.ts";

const DAY = "2026-11-22";
const BEGAN_MS = Date.parse(`${DAY}T10:00:00.000Z`);
const KEY = `018f2c3d-0000-4000-8000-000000000001-${BEGAN_MS}`;
const OPEN_KEY = `018f2c3d-0000-4000-8000-000000000002-${BEGAN_MS}`;
const STAMPS = { at: `${DAY}T10:00:00.000Z`, elapsedMs: 0, sample: 0 };

function journal(recordingKey: string, callKey: string | null, isOver: boolean): string {
  const lines = [
    {
      ...STAMPS,
      ...{ type: "header", format: "tapeline-vrtx", version: 1, recordingKey, recorder: "r" },
      ...{ files: [`${recordingKey}.ul`], codec: "PCMU", sampleRate: 8000, sipCallId: "77aa" },
    },
    ...(callKey === null
      ? []
      : [
          {
            ...STAMPS,
            ...{ type: "association", rung: 1, callKey, part: 1, deviceCallId: "n-1" },
            ...{ endId: "e", agent: "Ann", extension: "2001", parties: ["+49301", "2001"] },
          },
        ]),
    ...(isOver
      ? [
          {
            ...STAMPS,
            ...{ type: "end", reason: "remote-bye", outcome: "ok", samples: 16_000, sha256: "" },
          },
        ]
      : []),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function row(callKey: string, recordingKey: string | null): string {
  const call = {
    ...{ version: 1, type: "call", callKey, deviceCallIds: ["n-1"], pbx: "192.0.2.1" },
    ...{ startedAt: STAMPS.at, answeredAt: STAMPS.at, endedAt: `${DAY}T10:05:00.000Z` },
    ...{ direction: "inbound", parties: ["+49301", "2001"], wanted: true, rule: null },
    ruleDecision: "no-rules",
    parts: [{ part: 1, agent: "Ann", extension: "2001", liveStreamId: "s", recordingKey }],
  };
  return `${JSON.stringify(call)}\n`;
}

async function site(context: TestContext): Promise<string> {
  const directory = await temporaryDirectory(context);
  const pool = join(directory, "data/pool/2026/11/22");
  const [live, state] = [join(directory, "data/live"), join(directory, "data/state")];
  for (const path of [pool, live, state]) await mkdir(path, { recursive: true });
  await writeFile(join(pool, `${KEY}.vrtx`), journal(KEY, "c1", true));
  await writeFile(join(live, `${OPEN_KEY}.tmpvrtx`), journal(OPEN_KEY, null, false));
  await writeFile(join(live, `${OPEN_KEY}.ul`), new Uint8Array(8_000));
  await writeFile(join(state, "calls.jsonl"), `${row("c1", KEY)}${row("c2", null)}torn`);
  const config = join(directory, "recorder.yaml");
  await writeFile(
    config,
    [
      "recorder: { address: 192.0.2.10 }",
      "devlink3: [{ host: 192.0.2.1, user: recorder, password: secret }]",
      `live: { directory: ${live} }`,
      `pools: [{ name: main, drives: [{ path: ${join(directory, "data/pool")} }] }]`,
      `state: { directory: ${state} }`,
    ].join("\n"),
  );
  return config;
}

test("R18: reconcile prints the report as JSON, CSV and Markdown", async (context) => {
  const config = await site(context);
  const asked = ["reconcile", "--config", config, "--day", DAY] as const;
  const json = await run(...asked, "--format", "json");
  assert.equal(json.code, 0, json.stderr);
  const { summary, calls, orphans } = JSON.parse(json.stdout) as {
    summary: Record<string, number>;
    calls: { callKey: string; status: string }[];
    orphans: { recordingKey: string; seconds: number }[];
  };
  assert.deepEqual([summary["calls"], summary["recorded"], summary["missing"]], [2, 1, 1]);
  assert.deepEqual(
    calls.map(({ callKey, status }) => `${callKey} ${status}`),
    ["c1 recorded", "c2 missing"],
  );
  assert.deepEqual(
    orphans.map(({ recordingKey, seconds }) => [recordingKey, seconds]),
    [[OPEN_KEY, 1]],
  );
  const csv = await run(...asked, "--format", "csv");
  assert.equal(csv.stdout.split("\r\n").length, 5);
  const markdown = await run(...asked);
  assert.match(markdown.stdout, /^# Calls and recordings, 2026-11-22/);
  const other = await run("reconcile", "--config", config, "--day", "2026-11-21", "--json");
  assert.match(other.stdout, /"calls": 0/);
});

test("R18: a day or a format that there is not is refused with code 2", async (context) => {
  const config = await site(context);
  for (const [option, value] of [
    ["--day", "2026-06-31"],
    ["--format", "pdf"],
  ] as const) {
    const refused = await run("reconcile", "--config", config, option, value);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, new RegExp(`${option} ${value}: `));
  }
  assert.equal((await run("reconcile", "--config", "/nowhere.yaml")).code, 2);
});
