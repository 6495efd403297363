// `recover`, `verify` and `reindex` on real files: what a crash left is finished and stored, what is
// stored is verified, and a deleted catalog is rebuilt with its holds.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Progress } from "../../src/cli/progress.ts";
import { nodeLockDirectory } from "../../src/ports/node/index.ts";
import { CrashMedium } from "../storage/crash-disk.ts";
import { CommandLine } from "./run.ts";
import { DAY, finishedPair, keyOf, LIVE } from "../storage/world.ts";

const directory = mkdtempSync(join(tmpdir(), "tapeline-storage-cli-"));
after(() => rmSync(directory, { recursive: true }));
const config = join(directory, "recorder.yaml");
const live = join(directory, "live");
const pool = join(directory, "pool");
writeFileSync(
  config,
  JSON.stringify({
    recorder: { address: "192.0.2.10" },
    sip: { allow: ["192.0.2.1"] },
    live: { directory: live },
    pools: [{ name: "main", drives: [{ path: pool }] }],
    state: { directory: join(directory, "state") },
    catalog: { file: join(directory, "catalog.sqlite") },
    log: { directory: join(directory, "log") },
  }),
);

/** A live pair on the real disk; with `isCut` as a crash in mid-call leaves it. */
function plant(seed: number, isCut: boolean): string {
  const medium = new CrashMedium();
  const { recordingKey } = finishedPair(medium, seed, 8000);
  const content = (ending: string) =>
    medium.files.get(`${LIVE}/${recordingKey}.${ending}`)?.data ?? new Uint8Array();
  mkdirSync(live, { recursive: true });
  writeFileSync(join(live, `${recordingKey}.ul`), content("ul"));
  const journal = new TextDecoder().decode(content("vrtx"));
  const kept = isCut ? `${journal.split("\n")[0]}\n{"at":"torn` : journal;
  writeFileSync(join(live, `${recordingKey}.${isCut ? "tmpvrtx" : "vrtx"}`), kept);
  return recordingKey;
}

/** Exit code and what was written. */
async function run(...args: string[]) {
  const {
    code,
    stdout: output,
    stderr,
  } = await new CommandLine([...args, "--config", config]).ended;
  return { code, output, stderr };
}

test("recover finishes and stores what a crash left; verify and reindex agree with it", async () => {
  const whole = plant(1, false);
  const cut = plant(2, true);
  const recovered = await run("recover", "--json");
  assert.equal(recovered.code, 0, recovered.output);
  const told = JSON.parse(recovered.output) as {
    finished: { recordingKey: string; samples: number; outcome: string }[];
    stored: string[];
  };
  assert.deepEqual(told.finished, [{ recordingKey: cut, samples: 8000, outcome: "degraded" }]);
  assert.deepEqual(told.stored.toSorted(), [whole, cut]);
  const journal = readFileSync(join(live, `${cut}.vrtx`), "utf8");
  assert.match(journal, /"type":"end","reason":"recovered","outcome":"degraded","why":"restart"/);
  assert.doesNotMatch(journal, /torn/);

  const verified = await run("verify", "--json");
  assert.equal(verified.code, 0, verified.output);
  const reports = (JSON.parse(verified.output) as { recordings: { state: string }[] }).recordings;
  assert.deepEqual(
    reports.map(({ state }) => state),
    ["ok", "ok"],
  );
  assert.match((await run("verify", whole)).output, /1 of 1 recordings/);

  writeFileSync(join(pool, DAY, `${whole}.hold`), '{"by":"anna","reason":"case 7"}\n');
  for (const name of readdirSync(directory)) {
    if (name.startsWith("catalog.sqlite")) rmSync(join(directory, name));
  }
  const indexed = await run("reindex", "--json");
  assert.equal(indexed.code, 0, indexed.output);
  const { rows, held, unreadable } = JSON.parse(indexed.output) as Record<string, unknown>;
  assert.deepEqual([rows, held, unreadable], [2, 1, []]);
  assert.match((await run("reindex")).output, /2 recordings, 1 of them on hold/);
});

test("verify fails with 1 on a damaged .spx and an unknown key, naming each", async () => {
  const key = keyOf(1);
  const path = join(pool, DAY, `${key}.spx`);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length - 20));
  const { code, output } = await run("verify", key, keyOf(9));
  assert.equal(code, 1);
  assert.match(output, new RegExp(`${key} {2}damaged {2}the .spx is not the one`));
  assert.match(output, new RegExp(`${keyOf(9)} {2}missing`));
  writeFileSync(path, bytes);
});

test("recover is refused beside a recorder at work, with code 2", async () => {
  const lock = await nodeLockDirectory()(live);
  const refused = await run("recover");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /LIVE_DIRECTORY_LOCKED/);
  await lock?.release();
  assert.equal((await run("recover")).code, 0);
});

test("progress is one moving line on a terminal, and a line a tenth elsewhere", () => {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  const plain = new Progress("verified", { write });
  for (let done = 1; done <= 100; done += 1) plain.update(done, 100);
  plain.end();
  assert.equal(lines.length, 11);
  lines.length = 0;
  const moving = new Progress("verified", { isTTY: true, write });
  moving.update(1, 2);
  moving.end();
  assert.deepEqual(lines, ["\rverified 1 of 2", "\n"]);
});
