// The `testbed` command line as its users type it: what it prints where, which files it leaves, and
// its exit codes (design.md §7; formats.md, "Result of a run").
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { after, before, test } from "node:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadScenarios } from "@tapeline/scenarios";
import type { RunResult, SuiteResult } from "@tapeline/reports";
import { runCli } from "../../src/cli/cli.ts";
import { choose } from "../../src/cli/choose.ts";
import { CopiedRepository, REPOSITORY, testbed } from "../copied-repository.ts";

const BIN = join(REPOSITORY, "harness/bin/testbed.js");
/** The cheapest of all scenarios. */
const QUICK = "basics/not-answered";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tapeline-cli-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A fresh place for results. */
function out(name: string): string {
  return join(folder, name);
}

/** Tags of an XML text nest, attributes are quoted, nothing else has a `<`. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const tags = /<(\?[^?]*\?|!\[CDATA\[[\s\S]*?\]\]|\/?[\w:.-]+(?:\s+[\w:.-]+="[^"<]*")*\s*\/?)>/g;
  const rest = xml.replace(tags, (_, tag: string) => {
    const name = /^\/?([\w:.-]+)/.exec(tag)?.[1] ?? "";
    if (tag.startsWith("/")) assert.equal(name, open.pop());
    else if (!/^[?!]/.test(tag) && !tag.endsWith("/")) open.push(name);
    return "";
  });
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]/);
}

test("list names every scenario with its title and requirements, by folder", async () => {
  const { code, stdout } = await testbed(["list"]);
  assert.equal(code, 0);
  const scenarios = await loadScenarios();
  for (const { name, title, proves } of scenarios) {
    const line = stdout.split("\n").find((candidate) => candidate.trim().startsWith(`${name} `));
    assert.ok(line?.includes(title) && line.includes(proves.join(", ")), name);
  }
  assert.match(stdout, /^basics$/m);
  assert.match(stdout, /^ {2}— Hunt groups: ring modes/m);
  assert.match(stdout, new RegExp(`^${scenarios.length} scenarios, `, "m"));
});

test("list takes words: requirements whole, anything else by a part of it", async () => {
  const { stdout } = await testbed(["list", "R1", "skilled"]);
  assert.doesNotMatch(stdout, /vcm\/skilled-queue/, "it proves R16, not R1");
  const found = await testbed(["list", "R16", "Skilled"]);
  assert.match(found.stdout, /^ {2}vcm\/skilled-queue /m);
  const nothing = await testbed(["list", "nonsense"]);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /^No scenario has the words nonsense\. Try fewer, or others\.$/m);
});

test("list --json is one document with every scenario", async () => {
  const { code, stdout } = await testbed(["list", "--json"]);
  assert.equal(code, 0);
  const document = JSON.parse(stdout) as { version: number; scenarios: { name: string }[] };
  assert.equal(document.version, 1);
  const scenarios = await loadScenarios();
  assert.deepEqual(
    document.scenarios.map(({ name }) => name),
    scenarios.map(({ name }) => name),
  );
});

for (const [what, given, text] of [
  ["an unknown command", ["juggle"], /unknown command 'juggle'/],
  ["an unknown option", ["run", "--fast"], /unknown option '--fast'/],
  ["a mode that is none", ["run", "--mode", "real"], /Use virtual or live/],
  ["a number that is none", ["run", "--times", "0"], /Give a whole number above 0/],
  [
    "a pattern that matches nothing",
    ["run", "nothing/like-it"],
    /^No scenario matches "nothing\/like-it"; see `npx testbed list`\.\n$/,
  ],
] as const) {
  test(`${what} is a usage error: exit 2, and a line that helps`, async (context) => {
    const told: string[] = [];
    context.mock.method(process.stderr, "write", (chunk: string) => told.push(chunk) > 0);
    assert.equal(await runCli(given), 2);
    assert.match(told.join(""), text);
  });
}

test("--help ends well and shows an example", async () => {
  const { code, stdout } = await testbed(["--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /Example:\n {2}npx testbed run/);
});

test("patterns choose by whole names, * stands for any characters", async () => {
  const all = await loadScenarios();
  const names = (...patterns: string[]): string[] => choose(all, patterns).map(({ name }) => name);
  const isSwarm = (name: string): boolean => name.startsWith("swarm/");
  assert.ok(names("*").some(isSwarm));
  assert.deepEqual(
    names(),
    names("*").filter((name) => !isSwarm(name)),
    "swarms are asked for by name",
  );
  assert.deepEqual(names("basics/one-call"), ["basics/one-call"]);
  assert.ok(names("sip/*").every((name) => name.startsWith("sip/")));
  assert.deepEqual(names("*call", "basics/one-call"), names("*call"));
  assert.throws(() => names("basics/one.call"), /No scenario matches/);
  assert.throws(() => names("one-call"), /No scenario matches/);
});

test("run --json prints one document and nothing else; files and results.jsonl are where it says", async () => {
  const directory = out("json");
  const given = ["run", QUICK, "--json", "--seed", "cli", "--out", directory];
  const { code, stdout, stderr } = await testbed([...given, "--junit", join(folder, "j.xml")]);
  assert.equal(code, 0, stderr);
  const document = JSON.parse(stdout) as SuiteResult;
  assert.equal(document.version, 1);
  assert.match(document.commit, /^([0-9a-f]{40}|unknown)$/);
  assert.deepEqual(document.summary, { passed: 1, failed: 0, skipped: 0 });
  const [run] = document.runs;
  assert.ok(run !== undefined);
  const { scenario, mode, seed, verdict, why, traceHash } = run;
  assert.deepEqual(
    { scenario, mode, seed, verdict, why },
    {
      scenario: QUICK,
      mode: "virtual",
      seed: "cli",
      verdict: "pass",
      why: null,
    },
  );
  assert.match(String(traceHash), /^[0-9a-f]{64}$/);
  for (const path of Object.values(run.artifacts)) {
    assert.ok(path === null || (isAbsolute(path) && existsSync(path)), String(path));
  }
  const lines = readFileSync(join(directory, "results.jsonl"), "utf8").trim().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as RunResult),
    document.runs,
  );
  assert.deepEqual(JSON.parse(readFileSync(join(directory, "results.json"), "utf8")), document);
  assert.ok(existsSync(join(directory, "report.html")));
  assert.match(stderr, /1 passed/);
  const junit = readFileSync(join(folder, "j.xml"), "utf8");
  assertWellFormed(junit);
  assert.match(junit, /<testcase [^>]*name="basics\/not-answered/);
});

test("--times uses the seeds S+0, S+1, …; --jobs gives the same results in the same order", async () => {
  const given = ["run", QUICK, "basics/caller-hangs-up-first", "--times", "2", "--seed", "s"];
  const one = await testbed([...given, "--json", "--out", out("one")]);
  const two = await testbed([...given, "--jobs", "2", "--json", "--out", out("two")]);
  assert.deepEqual([one.code, two.code], [0, 0], two.stderr);
  const figures = ({ stdout }: { readonly stdout: string }) =>
    (JSON.parse(stdout) as SuiteResult).runs.map(({ scenario, seed, verdict, traceHash }) => ({
      scenario,
      seed,
      verdict,
      traceHash,
    }));
  assert.deepEqual(figures(two), figures(one));
  assert.deepEqual(
    figures(one).map(({ seed }) => seed),
    ["s+0", "s+1", "s+0", "s+1"],
  );
  const written = readFileSync(join(out("two"), "results.jsonl"), "utf8")
    .trim()
    .split("\n");
  assert.equal(written.length, 4);
});

test("very many seeds keep no artefacts, and tell how many seeds a second they were", async () => {
  const directory = out("many");
  const given = ["run", QUICK, "--times", "101", "--out", directory];
  const { code, stdout } = await testbed(given);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d seeds a second$/m);
  assert.match(stdout, /^\[101\/101\] ok/m);
  const kept = readdirSync(directory).sort();
  const files = ["history.jsonl", "junit.xml", "report.html", "report.md", "results.json"];
  assert.deepEqual(kept, [...files, "results.jsonl"]);
});

test("a reader that goes away ends nothing and is no error", async () => {
  const command = `"${process.execPath}" "${BIN}" list | true`;
  const shell = spawn("sh", ["-c", command], {
    cwd: REPOSITORY,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const told: Buffer[] = [];
  shell.stderr.on("data", (chunk: Buffer) => told.push(chunk));
  await once(shell, "close");
  assert.equal(Buffer.concat(told).toString(), "");
});

const FAILS = `// Proves T1: a scenario that expects what does not happen fails.
import { scenario } from "../language/index.ts";

export default scenario({
  name: "basics/fails",
  title: "Expects a recording of a call that nobody answers",
  proves: ["T1"],
  async story({ caller, talk }) {
    const outside = caller();
    await outside.calls("2001");
    await talk({ seconds: 2 });
    await outside.hangsUp();
  },
  expects: { recordings: [{ outcome: "ok" }] },
});
`;

const HANGS = FAILS.replace("basics/fails", "basics/hangs").replace(
  "await talk({ seconds: 2 });",
  "await talk({ seconds: 2 }); process.exit(3);",
);

test("a scenario that fails: exit 1, the check, the last events and the command that repeats it", async (context) => {
  const copy = await CopiedRepository.make();
  context.after(() => copy.remove());
  await copy.add("scenarios/src/basics/fails.ts", FAILS);
  const given = ["run", "basics/fails", QUICK, "--seed", "x", "--out", out("fails")];
  const { code, stdout } = await testbed(given, { root: copy.root });
  assert.equal(code, 1);
  assert.match(stdout, /^FAILED basics\/fails \(virtual, seed x\)$/m);
  assert.match(stdout, /check expectations: 0 recordings, expected 1/);
  assert.match(stdout, /last events:\n(\s+\d.*\n)+/);
  assert.match(stdout, /repeat: npx testbed run basics\/fails --mode virtual --seed x/);
  assert.match(stdout, /1 passed · 1 failed/);
  const junit = readFileSync(join(out("fails"), "junit.xml"), "utf8");
  assertWellFormed(junit);
  assert.match(junit, /<failure/);

  await copy.add("scenarios/src/basics/hangs.ts", HANGS);
  const lost = await testbed(
    ["run", "basics/hangs", QUICK, "--jobs", "2", "--json", "--out", out("lost")],
    { root: copy.root },
  );
  assert.equal(lost.code, 1);
  const [dead, alive] = (JSON.parse(lost.stdout) as SuiteResult).runs;
  assert.match(String(dead?.why), /the process of this run ended with 3/);
  assert.equal(alive?.verdict, "pass");
});
