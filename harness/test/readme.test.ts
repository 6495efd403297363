// "Each README has one runnable example, and a test runs it." An example is a fence below the line
// `<!-- example -->`, or `<!-- example: name -->` where this file knows what to do with it; below
// `<!-- prints -->` stand lines of its output. Also: commands, files and links that are named exist.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { parseConfig } from "@tapeline/recorder";
import type { Scenario } from "@tapeline/scenarios";
import { parseSite } from "@tapeline/simulator/pbx";
import { runScenario } from "../src/run-scenario.ts";
import { CopiedRepository, testbed } from "./copied-repository.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDERS = ["recorder", "simulator", "scenarios", "harness", "reports"];
const PAGES = ["README", "ARCHITECTURE", "GLOSSARY", "CHANGELOG"].map((name) => `${name}.md`);
const READMES = FOLDERS.map((folder) => `${folder}/README.md`);
/** As `bin` of the packages; npx finds them by these names. */
const PROGRAMS: Readonly<Record<string, string>> = {
  testbed: "harness/bin/testbed.js",
  "tapeline-recorder": "recorder/bin/tapeline-recorder.js",
};
const LIMIT_MS = 500_000;

interface Fence {
  /** "example", "example: site", "prints"; "" without a mark. */
  readonly mark: string;
  readonly language: string;
  readonly text: string;
}

function page(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function fences(path: string): readonly Fence[] {
  const found = page(path).matchAll(/(?:<!-- ([\w: -]+?) -->\n\n)?```(\w*)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, mark = "", language = "", text = ""]) => ({ mark, language, text }));
}

function example(path: string, name: string): string {
  const found = fences(path).find(({ mark }) => mark === `example: ${name}`);
  assert.ok(found, `${path} has no fence marked "example: ${name}"`);
  return found.text;
}

function folder(context: TestContext, parent: string): string {
  const path = mkdtempSync(join(parent, ".readme-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Runs an example as its reader would, on our Node; what it prints. */
async function output({ language, text }: Fence, out: string): Promise<string> {
  const given = language === "sh" ? commandOf(text, out) : moduleOf(text);
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, given, { cwd: ROOT, timeout: LIMIT_MS });
  return stdout;
}

function moduleOf(text: string): readonly string[] {
  return ["--input-type=module-typescript", "--disable-warning=ExperimentalWarning", "-e", text];
}

function commandOf(text: string, out: string): readonly string[] {
  const [npx, name = "", ...given] = text.trim().split(/\s+/);
  const program = PROGRAMS[name];
  assert.ok(npx === "npx" && program !== undefined, `cannot run: ${text}`);
  return [program, ...given, ...(given[0] === "run" ? ["--out", out] : [])];
}

for (const path of READMES) {
  test(`the example of ${path} runs and prints what stands there`, async (context) => {
    const all = fences(path);
    const at = all.findIndex(({ mark }) => mark === "example");
    const [found, prints] = [all[at], all[at + 1]];
    assert.ok(found && prints?.mark === "prints", "an example, and then what it prints");
    const printed = await output(found, folder(context, tmpdir()));
    const lines = prints.text.split("\n").filter((line) => line.trim() !== "");
    assert.ok(lines.length > 0);
    for (const line of lines) assert.ok(printed.includes(line.trim()), `${line}\n---\n${printed}`);
  });
}

test("the README's three-line configuration is complete", () => {
  const source = { environment: { DEVLINK3_PASSWORD: "secret" }, baseDirectory: ROOT };
  const result = parseConfig(example("README.md", "config"), source);
  assert.deepEqual(result.ok ? result.warnings : result.problems, []);
});

test("the README's site is one, with a caller's number that leads somewhere", () => {
  const loaded = parseSite(example("README.md", "site"));
  assert.deepEqual(loaded.ok ? [] : loaded.problems, []);
  assert.ok(loaded.ok);
  assert.equal(loaded.site.trunks[0]?.ddi["5550300"], loaded.site.groups[0]?.number);
});

test("the README's rules are rules, one of each kind", () => {
  const rules = example("README.md", "rule");
  const source = { environment: { DEVLINK3_PASSWORD: "secret" }, baseDirectory: ROOT };
  const indented = rules.replaceAll(/^/gm, "  ");
  const result = parseConfig(`${example("README.md", "config")}\nrules:\n${indented}`, source);
  assert.deepEqual(result.ok ? result.warnings : result.problems, []);
  assert.ok(result.ok);
  assert.deepEqual(
    result.config.rules.map(({ kind }) => kind),
    [
      "inbound-number",
      "external-number",
      "agent",
      "group",
      "call-event",
      "advanced-event",
      "advanced-to-this-point",
    ],
  );
});

test("the README's scenario passes, and has 30 lines", async (context) => {
  const text = example("README.md", "scenario");
  assert.ok(text.trim().split("\n").length <= 30);
  const language = new URL("../../scenarios/src/language/index.ts", import.meta.url);
  const [, name = ""] = /name: "([\w/-]+)"/.exec(text) ?? [];
  const file = join(folder(context, tmpdir()), `${name}.ts`);
  mkdirSync(dirname(file));
  writeFileSync(file, text.replace('"../language/index.ts"', JSON.stringify(language.href)));
  const module = (await import(pathToFileURL(file).href)) as { readonly default: Scenario };
  const { result } = await runScenario({
    scenario: module.default,
    mode: "virtual",
    seed: "readme",
    directory: null,
    workDirectory: dirname(file),
  });
  assert.equal(result.verdict, "pass", result.why ?? "");
  assert.equal(result.recordings.length, 1);
});

test("the README's way to a first scenario works, line by line", async (context) => {
  const copy = await CopiedRepository.make();
  context.after(() => copy.remove());
  const lines = example("README.md", "first scenario").trim().split("\n");
  assert.ok(lines.length >= 5);
  for (const line of lines) {
    const words =
      line
        .replace(/ #.*$/, "")
        .trim()
        .match(/'[^']*'|\S+/g) ?? [];
    const [npx, program, ...given] = words.map((word) => word.replaceAll("'", ""));
    assert.deepEqual([npx, program], ["npx", "testbed"], line);
    const { code, stdout, stderr } = await testbed(given, { root: copy.root });
    assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
  }
  // Then the story is changed as the page says, and claims something false.
  const file = join(copy.root, "scenarios/src/my/first.ts");
  const [head = ""] = readFileSync(file, "utf8").split("  async story");
  const changed = head + example("README.md", "changed story");
  writeFileSync(file, changed);
  assert.equal((await testbed(["run", "my/first"], { root: copy.root })).code, 0);
  writeFileSync(file, changed.replace('extension: "2002"', 'extension: "2003"'));
  const wrong = await testbed(["run", "my/first"], { root: copy.root });
  assert.equal(wrong.code, 1);
  const [, why = ""] =
    /^ {2}why: (.*)$/m.exec(page("README.md").split("claim something")[1]!) ?? [];
  assert.ok(wrong.stdout.includes(why), wrong.stdout);
});

test(".ci/run finds the test command in the README", () => {
  const lines = fences("README.md").flatMap(({ text }) => text.split("\n"));
  assert.equal(
    lines.find((line) => line.includes("npm test")),
    "npm ci && npm test",
  );
});

test("npm scripts and commands that the pages name exist", () => {
  const manifest = JSON.parse(page("package.json")) as { readonly scripts: object };
  const folders = ["harness/src/cli", "recorder/src/cli"];
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `${folder}/${name}`),
  );
  const help = files.map(page).join("");
  for (const path of [...PAGES, ...READMES]) {
    const text = page(path);
    for (const [, name = ""] of text.matchAll(/\bnpm run ([\w:-]+)/g)) {
      assert.ok(Object.hasOwn(manifest.scripts, name), `${path}: npm run ${name}`);
    }
    for (const [, name = ""] of text.matchAll(
      /\b(?:npx (?:testbed|tapeline-recorder)|npm run recorder --) ([a-z-]+)/g,
    )) {
      const isCommand = new RegExp(`\\.command\\("${name}\\b`).test(help);
      assert.ok(isCommand, `${path}: no command ${name}`);
    }
  }
});

test("links and files that the pages name exist", () => {
  for (const path of [...PAGES, ...READMES]) {
    const base = dirname(join(ROOT, path));
    for (const [, target = ""] of page(path).matchAll(/\]\((?!https?:)([^)#]*)/g)) {
      assert.ok(existsSync(join(base, target)), `${path}: ${target}`);
    }
  }
});

test("the recorder's table names files and tests that exist", () => {
  const rows = page("recorder/README.md").matchAll(/^\| (?:RFC|ITU).*$/gm);
  const named = [...rows].flatMap(([row]) => [...row.matchAll(/`([\w/.-]+\.ts)`/g)]);
  assert.ok(named.length > 40);
  for (const [, file = ""] of named) {
    const place = file.endsWith(".test.ts") ? "recorder/test" : "recorder/src";
    assert.ok(existsSync(join(ROOT, place, file)), `${place}/${file}`);
  }
});

test("every dependency has its line of reason in ARCHITECTURE.md", () => {
  const text = page("ARCHITECTURE.md");
  for (const path of FOLDERS.map((name) => `${name}/package.json`)) {
    const { dependencies = {} } = JSON.parse(page(path)) as { dependencies?: object };
    for (const name of Object.keys(dependencies)) {
      assert.ok(name.startsWith("@tapeline/") || text.includes(`\`${name}\``), `${path}: ${name}`);
    }
  }
});
