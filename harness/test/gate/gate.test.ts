// The steps of `npm test`: judges, coverage of files that run, order and result of steps.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { coverageArguments, typeOnlyFiles } from "../../src/gate/coverage.ts";
import {
  canInstall,
  installCommands,
  JUDGES,
  missingJudges,
  missingLine,
} from "../../src/gate/judges.ts";
import { chooseSteps, runProgram, runSteps } from "../../src/gate/steps.ts";
import type { Step } from "../../src/gate/steps.ts";
import { sourceFile } from "../../src/tidy/source-file.ts";

test("a judge on the search path is not missing, wherever it lies", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapeline-gate-"));
  try {
    const sipp = join(folder, "sipp");
    writeFileSync(sipp, "");
    chmodSync(sipp, 0o755);
    const missing = missingJudges(["/nowhere", folder].join(delimiter));
    assert.deepEqual(
      missing.map((judge) => judge.program),
      JUDGES.map((judge) => judge.program).filter((program) => program !== "sipp"),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("only root installs, and only where apt-get is", () => {
  assert.equal(canInstall(1_000, process.env["PATH"] ?? ""), false);
  assert.equal(canInstall(undefined, process.env["PATH"] ?? ""), false);
  assert.equal(canInstall(0, "/nowhere"), false);
});

test("packages are installed quietly after an update, each once", () => {
  const [update, install] = installCommands([...JUDGES, ...JUDGES]);
  assert.deepEqual(update, ["apt-get", "update", "-qq"]);
  assert.deepEqual(install?.slice(-3), ["docker.io", "python3", "chromium"]);
  assert.ok(install?.includes("-y"));
});

test("who cannot install is told which packages to install", () => {
  assert.match(
    missingLine(JUDGES),
    /As root: apt-get install sip-tester baresip-core tshark speex openssl docker.io python3 chromium$/,
  );
});

test("only files without a line that runs are left out of the coverage", () => {
  const files = [
    sourceFile("recorder/src/ports/udp.ts", "// x\nexport interface Udp {\n  close(): void;\n}\n"),
    sourceFile("recorder/src/ports/index.ts", 'export type * from "./udp.ts";\n'),
    sourceFile("recorder/src/a.ts", "export const A = 1;\n"),
    sourceFile("recorder/src/b.ts", "export async function b() {}\n"),
    sourceFile("recorder/src/main.ts", 'import { b } from "./b.ts";\nvoid b();\nb();\n'),
    sourceFile("simulator/src/a.ts", "export type A = 1;\n"),
  ];
  const typeOnly = typeOnlyFiles(files);
  assert.deepEqual(typeOnly, ["recorder/src/ports/udp.ts", "recorder/src/ports/index.ts"]);
  const given = coverageArguments(typeOnly);
  assert.ok(given.includes("--exclude=recorder/src/ports/udp.ts"));
  assert.ok(given.includes("--lines=90") && given.includes("--all"));
});

function step(name: string, isGood: boolean, seen: string[]): Step {
  const run = (): Promise<boolean> => {
    seen.push(name);
    return Promise.resolve(isGood);
  };
  return { name, title: `about ${name}`, run };
}

test("a failed step does not stop the others and is named", async () => {
  const seen: string[] = [];
  const lines: string[] = [];
  let nowMs = 0;
  const failed = await runSteps([step("one", false, seen), step("two", true, seen)], {
    print: (line) => lines.push(line),
    monotonicMs: () => {
      nowMs += 700;
      return nowMs;
    },
  });
  assert.deepEqual(failed, ["one"]);
  assert.deepEqual(seen, ["one", "two"]);
  assert.deepEqual(lines, [
    "\n▶ 1/2 one: about one",
    "✖ one (0.7 s)",
    "\n▶ 2/2 two: about two",
    "✔ two (0.7 s)",
  ]);
});

test("steps are chosen by name; a name that is none is said", () => {
  const steps = [step("one", true, []), step("two", true, [])];
  assert.equal(chooseSteps(steps, []).chosen.length, 2);
  const { chosen, unknown } = chooseSteps(steps, ["two", "three"]);
  assert.deepEqual(
    chosen.map((item) => item.name),
    ["two"],
  );
  assert.deepEqual(unknown, ["three"]);
});

test("a program's exit code decides; one that cannot start has failed", async () => {
  const place = { cwd: tmpdir(), env: process.env };
  assert.equal(await runProgram(process.execPath, ["-e", ""], place), true);
  assert.equal(await runProgram(process.execPath, ["-e", "process.exit(3)"], place), false);
});
