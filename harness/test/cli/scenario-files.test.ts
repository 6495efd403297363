// The commands that make scenario files: what `new` and `pin` write is a scenario, lies where its name
// says, and overwrites nothing; `replay` repeats a kept result exactly.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import type { RunResult } from "@tapeline/reports";
import { loadScenarios, runnable, type Scenario } from "@tapeline/scenarios";
import { runCli } from "../../src/cli/cli.ts";
import { newCommand } from "../../src/cli/new.ts";
import { pinCommand } from "../../src/cli/pin.ts";
import { newScenario } from "../../src/cli/scenario-file.ts";
import { sourceText } from "../../src/cli/source-text.ts";
import { storedResult } from "../../src/cli/stored-result.ts";
import { runScenario } from "../../src/run-scenario.ts";

const folder = await mkdtemp(join(tmpdir(), "tapeline-files-"));
after(() => rm(folder, { recursive: true, force: true }));
const LANGUAGE = new URL("../../../scenarios/src/language/", import.meta.url);

/** What a command says. */
function told(context: TestContext): () => string {
  const texts: string[] = [];
  context.mock.method(process.stdout, "write", (chunk: string) => texts.push(chunk) > 0);
  return () => texts.join("");
}

/** Loads a file that was written outside of scenarios/src. */
async function load(name: string): Promise<Scenario> {
  const path = join(folder, `${name}.ts`);
  const text = await readFile(path, "utf8");
  const moved = text.replaceAll(/"(?:\.\.\/)+language\/([\w-]+\.ts)"/g, (_, file: string) =>
    JSON.stringify(new URL(file, LANGUAGE).href),
  );
  await writeFile(path, moved);
  return ((await import(pathToFileURL(path).href)) as { readonly default: Scenario }).default;
}

async function run(scenario: Scenario, seed: string): Promise<RunResult> {
  const given = { mode: "virtual", directory: null, workDirectory: "" } as const;
  return (await runScenario({ scenario, seed, ...given })).result;
}

async function known(name: string): Promise<Scenario> {
  const found = runnable(await loadScenarios()).find((each) => each.name === name);
  assert.ok(found, name);
  return found;
}

async function keep(name: string, runs: readonly RunResult[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, runs.map((each) => `${JSON.stringify(each)}\n`).join(""));
  return path;
}

for (const name of ["my/first", "my/own/deeper-one"]) {
  test(`new ${name} writes a scenario that passes, and says what to do next`, async (context) => {
    const text = told(context);
    assert.equal(await newCommand(name, folder), 0);
    assert.ok(text().includes(`npx testbed run ${name} `), text());
    const made = await load(name);
    assert.equal(made.name, name);
    const result = await run(made, "1");
    assert.equal(result.verdict, "pass", result.why ?? "");
    assert.equal(result.recordings.length, 1);
    await assert.rejects(newCommand(name, folder), /is there already and is not overwritten/);
  });
}

for (const name of [
  "first",
  "My/first",
  "my/",
  "../my/first",
  "my/first.ts",
  "my//a",
  `m/${"x".repeat(200)}`,
]) {
  test(`the name "${name.slice(0, 20)}" is refused, with one that would do`, () => {
    assert.throws(() => newScenario(name), /is no name for a scenario.*my\/first/s);
  });
}

test("the language's folder is not for scenarios", () => {
  assert.throws(() => newScenario("language/mine"), /holds no scenarios/);
});

test("a pinned story has the original's steps and seed, and the same trace", async (context) => {
  told(context);
  const original = await run(await known("basics/caller-hangs-up-first"), "monday+3");
  const path = await keep("story.jsonl", [original]);
  assert.equal(await pinCommand(path, "pinned/deep/story", folder), 0);
  const made = await load("pinned/deep/story");
  assert.equal(made.seed, "monday+3");
  const repeated = await run(made, made.seed ?? "");
  assert.equal(repeated.verdict, "pass");
  assert.equal(repeated.traceHash, original.traceHash);
});

test("a pinned cell is a matrix of that cell", async (context) => {
  told(context);
  const name = "transfers/each-kind[transfer=blind,transport=tcp,recordFromBeginning=false]";
  const original = await run(await known(name), "q");
  const path = await keep("cell.jsonl", [original]);
  assert.equal(await pinCommand(path, "pinned/cell", folder), 0);
  const { cells } = await load("pinned/cell");
  assert.deepEqual(
    cells.map((cell) => [cell.name.replace(/.*\[/, "["), cell.seed]),
    [[name.replace(/.*\[/, "["), "q"]],
  );
  const [only] = cells;
  assert.ok(only);
  assert.equal((await run(only, "q")).traceHash, original.traceHash);
});

test("a pinned swarm plays its reduced plan, whatever the seed", async (context) => {
  told(context);
  const original = await run(await known("swarm/quiet-site"), "5");
  const plan = {
    profile: "quiet-site",
    seed: "5",
    people: [
      { id: "2001", kind: "agent" },
      { id: "2002", kind: "agent" },
    ],
    steps: [
      { atMs: 100, who: "2001", what: "calls", with: "2002" },
      { atMs: 900, who: "2002", what: "answers" },
    ],
    faults: [],
  };
  const counts = { people: 2, steps: 2, faults: 0 };
  const shrunk = {
    plan,
    from: counts,
    to: counts,
    runs: 1,
    isMinimal: true,
    why: "x: y",
    traceHash: null,
  };
  const path = await keep("swarm.jsonl", [{ ...original, verdict: "fail", shrunk }]);
  assert.equal(await pinCommand(path, "pinned/swarm", folder), 0);
  const made = await load("pinned/swarm");
  assert.deepEqual(made.plan, plan);
  const result = await run(made, "other");
  assert.equal(result.verdict, "pass", result.why ?? "");
  assert.ok(result.recordings.length > 0);
});

test("replay repeats a run with the same trace, and shows it up to an event", async (context) => {
  const original = await run(await known("basics/one-call"), "replay");
  const path = await keep("replay.jsonl", [{ ...original, seed: "other" }, original]);
  const text = told(context);
  const place = ["--out", join(folder, "replay")];
  assert.equal(await runCli(["replay", `${path}#2`, "--until", "300", ...place]), 0);
  assert.ok(text().includes(`same trace: ${original.traceHash}`), text());
  assert.match(text(), /^300 {2}\d+ \w+/m);
  assert.doesNotMatch(text(), /^301 /m);
  assert.match(text(), /By event 300 .*:\n(.*\n)* .*2001 answers$/m);
  assert.equal(await runCli(["replay", `${path}#2`, "--grep", "note 2001", ...place]), 0);
  assert.match(text(), /^ *\d+ {2}\d+ note 2001 answers$/m);
});

test("another trace is told, and is a failure", async (context) => {
  const original = await run(await known("basics/one-call"), "replay");
  const path = await keep("another.jsonl", [{ ...original, seed: "other" }]);
  const text = told(context);
  assert.equal(await runCli(["replay", path, "--json", "--out", join(folder, "replay")]), 1);
  const document = JSON.parse(text()) as { isSame: boolean; expectedHash: string };
  assert.deepEqual([document.isSame, document.expectedHash], [false, original.traceHash]);
});

for (const [what, content, problem] of [
  ["no JSON", "hello", /holds no result of a run/],
  ["other JSON", '{"version":1}', /holds no result of a run/],
  ["a list", "[1,2]", /holds no result of a run/],
  ["nothing", "", /holds no result of a run/],
] as const) {
  test(`a file with ${what} is no result`, async () => {
    const path = join(folder, "no-result.json");
    await writeFile(path, content);
    await assert.rejects(storedResult(path), problem);
  });
}

test("a result is one run alone, the nth, or the first that failed", async () => {
  const passed = await run(await known("basics/not-answered"), "1");
  const failed: RunResult = { ...passed, seed: "2", verdict: "fail" };
  const two = await keep("two.jsonl", [passed, failed]);
  const document = join(folder, "results.json");
  await writeFile(document, JSON.stringify({ version: 1, commit: "abc", runs: [passed] }));
  assert.equal((await storedResult(two)).run.seed, "2");
  assert.equal((await storedResult(`${two}#1`)).run.seed, "1");
  assert.deepEqual(await storedResult(document), { run: passed, commit: "abc" });
  await assert.rejects(storedResult(`${two}#3`), /has 2 runs, so there is no #3/);
  await assert.rejects(storedResult(await keep("p.jsonl", [passed, passed])), /none failed/);
  await assert.rejects(storedResult(join(folder, "nowhere.json")), /cannot be read \(ENOENT\)/);
});

test("data is written as Prettier lays it out", () => {
  const place = { indent: "", used: 0 };
  assert.equal(
    sourceText({ a: [1, "x"], "b-c": null, d: {} }, place),
    '{ a: [1, "x"], "b-c": null, d: {} }',
  );
  const two = [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ];
  assert.equal(sourceText(two, place), "[\n  { a: 1, b: 2 },\n  { a: 3, b: 4 },\n]");
  const long = { text: "x".repeat(60), other: "y".repeat(60) };
  assert.equal(
    sourceText(long, place),
    `{\n  text: "${"x".repeat(60)}",\n  other: "${"y".repeat(60)}",\n}`,
  );
});
