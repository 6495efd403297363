// One seed, one trace: every scenario, whatever directory, time zone and load it has; another seed,
// another; and a clock or a die that is not a port's is caught twice (design.md §4).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadScenarios, type Scenario } from "@tapeline/scenarios";
import type { SuiteResult } from "@tapeline/reports";
import { choose } from "../src/cli/choose.ts";
import { tidy } from "../src/tidy/tidy.ts";
import { runScenario } from "../src/run-scenario.ts";
import { CopiedRepository, runNode, testbed } from "./copied-repository.ts";

const SEED = "determinism";

/** CI has a quarter of an hour for everything: there one scenario in so many is run. */
const EVERY = process.env["CI"] === "true" ? 6 : 1;
/** Under another seed one in so many: there the question is only of the seed. */
const SAMPLE = 12;

function isVirtual({ modes }: Scenario): boolean {
  return modes.includes("virtual");
}

/**
 * Trace hashes by scenario, of runs in this process that keep nothing; swarm.test.ts has swarms.
 */
async function hashesOf(seed: string, every = 1): Promise<Map<string, string | null>> {
  const hashes = new Map<string, string | null>();
  const scenarios = choose(await loadScenarios(), []).filter(isVirtual);
  for (const [index, scenario] of scenarios.entries()) {
    if (index % every !== 0) continue;
    const given = { scenario, mode: "virtual", seed, directory: null, workDirectory: "" } as const;
    const { result } = await runScenario(given);
    hashes.set(scenario.name, result.traceHash);
  }
  return hashes;
}

test("the same seed gives the same trace in another process, directory, time zone and under load; another seed another", async (context) => {
  const elsewhere = await mkdtemp(join(tmpdir(), "tapeline-elsewhere-"));
  context.after(() => rm(elsewhere, { recursive: true, force: true }));
  const here = await hashesOf(SEED, EVERY);
  const other = await hashesOf(`${SEED} other`, SAMPLE);

  // Load for the runs, and as little as may be for the tests beside them.
  const busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  setPriority(busy.pid ?? 0, constants.priority.PRIORITY_LOW);
  const ended = await testbed(
    ["run", ...here.keys(), "--seed", SEED, "--json", "--out", join(elsewhere, "results")],
    { cwd: elsewhere, env: { TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8" } },
  );
  busy.kill("SIGKILL");
  await once(busy, "exit");

  const { runs } = JSON.parse(ended.stdout) as SuiteResult;
  const ran = runs.filter(({ verdict }) => verdict !== "skip");
  const there = new Map(ran.map((run) => [run.scenario, run.traceHash]));
  assert.ok(here.size > 0);
  assert.deepEqual([...there], [...here]);
  for (const [name, hash] of here) {
    assert.match(String(hash), /^[0-9a-f]{64}$/, name);
  }
  for (const [name, hash] of other) {
    assert.notEqual(hash, here.get(name), `${name} is the same under another seed`);
  }
});

/** Runs one scenario twice in one process of the copy; prints both hashes. */
const TWICE = `
  const { loadScenarios } = await import("@tapeline/scenarios");
  const { runScenario } = await import(process.cwd() + "/harness/src/run-scenario.ts");
  const scenario = (await loadScenarios()).find(({ name }) => name === "basics/caller-hangs-up-first");
  const given = { scenario, mode: "virtual", seed: "planted", directory: null, workDirectory: "" };
  const hashes = [];
  for (let run = 0; run < 2; run += 1) hashes.push((await runScenario(given)).result.traceHash);
  process.stdout.write(JSON.stringify(hashes));
`;

async function twice(copy: CopiedRepository): Promise<readonly [string, string]> {
  const ended = await runNode(["--input-type=module", "-e", TWICE], { cwd: copy.root });
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout) as [string, string];
}

test("a Math.random and a Date.now planted in the recorder are named by tidy and change the trace", async (context) => {
  const copy = await CopiedRepository.make();
  context.after(() => copy.remove());
  const [first, second] = await twice(copy);
  assert.equal(first, second, "the copy itself is not deterministic");

  for (const { path, from, to, what } of [
    {
      path: "recorder/src/sip/endpoint.ts",
      from: "Buffer.from(this.#ports.random.bytes(TAG_BYTES))",
      to: "Buffer.from(String(Math.random()))",
      what: "Math.random",
    },
    {
      path: "recorder/src/media/journal-stamps.ts",
      from: "Math.round(this.#clock.wallTimeMs() -",
      to: "Math.round(Date.now() -",
      what: "Date.now",
    },
  ]) {
    await copy.plant(path, from, to);
    const named = tidy(copy.root).filter(({ rule }) => rule === "banned-call");
    assert.deepEqual(
      named.map((finding) => [finding.path, finding.message.split(":")[0]]),
      [[path, what]],
    );
    const [one, other] = await twice(copy);
    assert.notEqual(one, other, `${what} in ${path} left no trace`);
    await copy.plant(path, to, from);
  }
});
