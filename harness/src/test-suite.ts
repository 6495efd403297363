// `npm test`: judges, types, lint, format, house rules, then all tests, the recorder's own under the
// coverage gate. `npm test -- lint testbed` runs only these steps. Exit code 0 all good, 1 a step
// failed, 2 usage.
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { coverageArguments, LINES_MIN_PERCENT, typeOnlyFiles } from "./gate/coverage.ts";
import { canInstall, installCommands, missingJudges, missingLine } from "./gate/judges.ts";
import { chooseSteps, runProgram, runSteps } from "./gate/steps.ts";
import type { Step } from "./gate/steps.ts";
import { readSources } from "./tidy/source-file.ts";
import { formatFinding, tidy } from "./tidy/tidy.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RECORDER_TESTS = "recorder/test/**/*.test.ts";
const TESTBED_TESTS = "{simulator,scenarios,reports,harness}/test/**/*.test.ts";
/** Many wait, for calls and browsers; more would come near the deadlines of live recorders. */
const TESTS_AT_ONCE = 3;
/** A test that hangs is a failed test, not a silent CI job. */
const TEST_LIMIT_MS = 600_000;
/** The testbed's tests start hundreds of programs, which would spend most time on compiling. */
const COMPILED = join(ROOT, "node_modules/.cache/compiled");

// Our own Node goes first, for tests that start `node` or a bin of this repository.
const searchPath = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`;
const place = { cwd: ROOT, env: { ...process.env, PATH: searchPath } };

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs a JavaScript tool of node_modules on our Node, on every platform alike. */
function runTool(name: string, given: readonly string[]): Promise<boolean> {
  return runProgram(process.execPath, [binOf(name), ...given], place);
}

function binOf(name: string): string {
  const folder = join(ROOT, "node_modules", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly bin: string | Readonly<Record<string, string>>;
  };
  const { bin } = manifest;
  return join(folder, typeof bin === "string" ? bin : (bin[name] ?? Object.values(bin)[0] ?? ""));
}

async function judges(): Promise<boolean> {
  const missing = missingJudges(searchPath);
  if (missing.length === 0) {
    print("all here");
    return true;
  }
  if (canInstall(process.getuid?.(), searchPath)) {
    const env = { ...place.env, DEBIAN_FRONTEND: "noninteractive" };
    print(`installing ${missing.map((judge) => judge.debianPackage).join(", ")} with apt-get`);
    for (const [program = "", ...given] of installCommands(missing)) {
      await runProgram(program, given, { cwd: ROOT, env });
    }
  }
  const left = missingJudges(searchPath);
  if (left.length > 0) print(missingLine(left));
  // Without them tests are skipped; with CI=true those tests fail by themselves and say why.
  return true;
}

async function types(): Promise<boolean> {
  const isGood = await runTool("typescript", ["-p", "."]);
  return (await runTool("typescript", ["-p", "recorder/console"])) && isGood;
}

/** Prettier uses one core: the recorder, about half of all, goes beside the rest. */
async function format(): Promise<boolean> {
  const halves = [["recorder"], [".", "!recorder/**"]];
  const good = await Promise.all(halves.map((half) => runTool("prettier", ["--check", ...half])));
  return good.every(Boolean);
}

function house(): Promise<boolean> {
  const findings = tidy(ROOT);
  for (const finding of findings) print(formatFinding(finding));
  print(findings.length === 0 ? "tidy" : `${findings.length} findings`);
  return Promise.resolve(findings.length === 0);
}

function testsOfRecorder(): Promise<boolean> {
  const command = [process.execPath, ...testArguments(RECORDER_TESTS)];
  return runTool("c8", [...coverageArguments(typeOnlyFiles(readSources(ROOT))), ...command]);
}

/** Not measured: code that is compiled for it cannot be kept from one process to the next. */
function testsOfTestbed(): Promise<boolean> {
  const env = { ...place.env, NODE_COMPILE_CACHE: COMPILED };
  return runProgram(process.execPath, testArguments(TESTBED_TESTS), { ...place, env });
}

function testArguments(files: string): readonly string[] {
  const limits = [`--test-concurrency=${TESTS_AT_ONCE}`, `--test-timeout=${TEST_LIMIT_MS}`];
  return ["--test", ...limits, files];
}

const STEPS: readonly Step[] = [
  { name: "judges", title: "third-party programs that tests compare with", run: judges },
  { name: "types", title: "TypeScript, the web console's with the browser's library", run: types },
  {
    name: "lint",
    title: "oxlint, with types",
    run: () => runTool("oxlint", ["--type-aware", "--deny-warnings"]),
  },
  { name: "format", title: "Prettier", run: format },
  { name: "tidy", title: "rules of the house", run: house },
  {
    name: "recorder",
    title: `tests of the recorder; ${LINES_MIN_PERCENT} % of its lines must have run`,
    run: testsOfRecorder,
  },
  {
    name: "testbed",
    title: "tests of simulator, scenarios, harness and reports, on that recorder",
    run: testsOfTestbed,
  },
];

const { chosen, unknown } = chooseSteps(STEPS, process.argv.slice(2));
if (unknown.length > 0) {
  const names = STEPS.map((step) => step.name).join(", ");
  process.stderr.write(`no step is called ${unknown.join(", ")}; there are: ${names}\n`);
  process.exitCode = 2;
} else {
  const startedMs = performance.now();
  const monotonicMs = (): number => performance.now();
  const failed = await runSteps(chosen, { print, monotonicMs });
  const took = `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
  const count = `${chosen.length} ${chosen.length === 1 ? "step" : "steps"}`;
  print(
    failed.length === 0 ? `\n✔ ${count} in ${took}` : `\n✖ failed: ${failed.join(", ")} (${took})`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
