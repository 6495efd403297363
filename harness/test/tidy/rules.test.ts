// Each rule of tidy finds a bad snippet, names the replacement, and leaves a good one alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBannedCalls } from "../../src/tidy/banned-calls.ts";
import { checkDeadCode } from "../../src/tidy/dead-code.ts";
import { checkDependencies } from "../../src/tidy/dependencies.ts";
import { checkFolderCycles } from "../../src/tidy/folder-cycles.ts";
import { checkImports } from "../../src/tidy/import-table.ts";
import { checkScenarioFile } from "../../src/tidy/scenario-files.ts";
import { sourceFile } from "../../src/tidy/source-file.ts";
import type { Finding } from "../../src/tidy/source-file.ts";
import {
  checkHeader,
  checkLineLength,
  checkMachinePaths,
  checkUnfinished,
} from "../../src/tidy/text-rules.ts";
import { formatFinding } from "../../src/tidy/tidy.ts";

function messages(findings: readonly Finding[]): readonly string[] {
  return findings.map((finding) => finding.message);
}

const importsOf = (path: string, text: string): readonly string[] =>
  messages(checkImports([sourceFile(path, text)]));

const bannedIn = (path: string, text: string): readonly string[] =>
  messages(checkBannedCalls([sourceFile(path, text)]));

test("packages: the simulator never uses the recorder's codecs, only its ports' types", () => {
  const file = "simulator/src/pbx/calls.ts";
  assert.deepEqual(importsOf(file, 'import type { Clock } from "@tapeline/recorder/ports";'), []);
  assert.match(
    importsOf(file, 'import { now } from "@tapeline/recorder/ports";')[0] ?? "",
    /import type/,
  );
  assert.match(
    importsOf(file, 'import { parse } from "@tapeline/recorder";')[0] ?? "",
    /may import only @tapeline\/recorder\/ports/,
  );
  assert.match(
    importsOf(file, 'import { parse } from "../../../recorder/src/sip/parse.ts";')[0] ?? "",
    /leaves the package/,
  );
});

test("packages: reports and recorder import none of ours, scenarios only the simulator", () => {
  for (const [path, target] of [
    ["reports/src/a.ts", "recorder"],
    ["recorder/src/sip/a.ts", "simulator"],
    ["scenarios/src/language/a.ts", "recorder"],
    ["scenarios/src/language/a.ts", "harness"],
    ["simulator/src/world/a.ts", "scenarios"],
    ["reports/test/a.test.ts", "simulator"],
  ] as const) {
    const found = importsOf(path, `import type { X } from "@tapeline/${target}";`);
    assert.match(found[0] ?? "", new RegExp(`may not import ${target}`), path);
  }
  assert.deepEqual(
    importsOf("scenarios/src/language/a.ts", 'import { x } from "@tapeline/simulator/pbx";'),
    [],
  );
  assert.deepEqual(
    importsOf("harness/src/a.ts", 'import { x } from "@tapeline/recorder/ports/node";'),
    [],
  );
});

test("packages: tests of recorder may stand in the simulator's world", () => {
  const text = 'import { x } from "@tapeline/simulator/world";';
  assert.deepEqual(importsOf("recorder/test/sip/a.test.ts", text), []);
  assert.equal(importsOf("recorder/src/sip/a.ts", text).length, 1);
});

test("layers: lower folders of recorder do not import higher ones, not even types", () => {
  for (const [path, specifier] of [
    ["recorder/src/sip/a.ts", "../recording/recording.ts"],
    ["recorder/src/audio/a.ts", "../rtp/packet.ts"],
    ["recorder/src/storage/a.ts", "../http/api.ts"],
    ["recorder/src/errors.ts", "./sip/parse.ts"],
    ["recorder/src/http/a.ts", "../cli/start.ts"],
  ] as const) {
    assert.equal(importsOf(path, `import { x } from "${specifier}";`).length, 1, path);
  }
  assert.equal(
    importsOf("recorder/src/sip/a.ts", 'import type { X } from "../media/a.ts";').length,
    1,
  );
});

test("layers: leaves are open to all, the composition root to nothing but main and cli", () => {
  assert.deepEqual(importsOf("recorder/src/sip/a.ts", 'import { x } from "../audio/a.ts";'), []);
  assert.deepEqual(importsOf("recorder/src/recorder.ts", 'import { x } from "./http/a.ts";'), []);
  assert.equal(importsOf("recorder/src/sip/a.ts", 'import { x } from "../recorder.ts";').length, 1);
});

test("layers: where types are allowed, a value is refused and the remedy named", () => {
  const types = 'import type { X } from "../recording/recordings.ts";';
  assert.deepEqual(importsOf("recorder/src/http/a.ts", types), []);
  const values = 'import { x } from "../recording/recordings.ts";';
  assert.match(importsOf("recorder/src/http/a.ts", values)[0] ?? "", /write "import type"/);
});

test("layers: a new folder without a row is refused until the table knows it", () => {
  const found = importsOf("recorder/src/newish/a.ts", 'import { x } from "../sip/a.ts";');
  assert.match(found[0] ?? "", /has no row/);
});

test("layers: a worker is started by its file's name, and its entry may bind real ports", () => {
  const start = "new URL(`../media/worker$" + "{end}`, import.meta.url);";
  assert.deepEqual(importsOf("recorder/src/cli/start.ts", start), []);
  const binding = 'import { nodeUdp } from "../ports/node/index.ts";';
  assert.deepEqual(importsOf("recorder/src/media/worker.ts", binding), []);
  assert.equal(importsOf("recorder/src/media/plane.ts", binding).length, 1);
});

test("cycles between folders are found through any number of folders, types too", () => {
  const files = [
    sourceFile("simulator/src/a/x.ts", 'import type { Y } from "../b/y.ts";'),
    sourceFile("simulator/src/b/y.ts", 'import { Z } from "../c/z.ts";'),
    sourceFile("simulator/src/c/z.ts", 'import { X } from "../a/x.ts";'),
  ];
  const found = messages(checkFolderCycles(files));
  assert.equal(found.length, 3);
  assert.match(
    found[0] ?? "",
    /src\/a → simulator\/src\/b → simulator\/src\/c → simulator\/src\/a/,
  );
  assert.deepEqual(checkFolderCycles(files.slice(0, 2)), []);
});

test("files at the top of a package are folders of their own", () => {
  const files = [
    sourceFile("recorder/src/recorder.ts", 'import { X } from "./sip/x.ts";'),
    sourceFile("recorder/src/sip/x.ts", 'import { e } from "../errors.ts";'),
    sourceFile("recorder/src/errors.ts", ""),
  ];
  assert.deepEqual(checkFolderCycles(files), []);
});

test("time, timers and chance are banned outside their ports (design.md §4)", () => {
  for (const snippet of [
    "Date.now()",
    "new Date()",
    "new Date",
    "const text = Date();",
    "performance.now()",
    "process.hrtime.bigint()",
    "setTimeout(f, 1)",
    "globalThis.setTimeout(f, 1)",
    "setInterval(f, 1)",
    "setImmediate(f)",
    "AbortSignal.timeout(5)",
    "Math.random()",
    "crypto.randomBytes(4)",
    "crypto.getRandomValues(x)",
    "globalThis.crypto.randomUUID()",
    "new FinalizationRegistry(f)",
    "date.getHours()",
    "date.getTimezoneOffset()",
    "date.toLocaleTimeString()",
    'import { setTimeout } from "node:timers/promises";',
    'import { performance } from "node:perf_hooks";',
    'import { randomBytes } from "node:crypto";',
    'import { scrypt } from "node:crypto";',
    'import { gzip } from "node:zlib";',
    'import { readFile } from "node:fs/promises";',
    'import dgram from "node:dgram";',
    'import { connect } from "node:net";',
  ]) {
    for (const folder of ["recorder/src/sip", "simulator/src/pbx", "scenarios/src/language"]) {
      assert.ok(bannedIn(`${folder}/a.ts`, snippet).length > 0, snippet);
    }
  }
});

test("what only looks like a banned call is allowed", () => {
  for (const snippet of [
    "new Date(ms).toISOString()",
    "interface Clock { setTimeout: (ms: number) => void }",
    "clock.setTimeout(f, 5)",
    "date.getUTCHours()",
    'const text = "Math.random()"; // Date.now()',
    "const pattern = /Math.random()/;",
    'import { createHash, scryptSync } from "node:crypto";',
    'import { gzipSync } from "node:zlib";',
    'import { isIPv4 } from "node:net";',
    'import type { Stats } from "node:fs";',
    "type At = Date;",
  ]) {
    assert.deepEqual(bannedIn("recorder/src/sip/a.ts", snippet), [], snippet);
  }
});

test("the edge may do what the inside may not", () => {
  const text = "Date.now(); setTimeout(f, 1);";
  for (const path of [
    "recorder/src/ports/node/clock.ts",
    "recorder/src/main.ts",
    "simulator/src/world/turn.ts",
    "harness/src/suite.ts",
    "reports/src/console.ts",
  ]) {
    assert.deepEqual(bannedIn(path, text), [], path);
  }
});

test("a planted Math.random in the recorder is caught, with its line and its replacement", () => {
  const file = sourceFile("recorder/src/rtp/a.ts", "// x\n\nconst a = Math.random();\n");
  assert.equal(
    checkBannedCalls([file]).map(formatFinding)[0],
    "recorder/src/rtp/a.ts:3 banned-call: Math.random: draw from the Random port (in the simulator, from the world's seeded random source)",
  );
});

test("tests do not sleep, except where a live test says why", () => {
  const path = "recorder/test/sip/a.test.ts";
  assert.match(bannedIn(path, "setTimeout(done, 50);")[0] ?? "", /virtual clock/);
  assert.equal(bannedIn(path, 'import { setTimeout } from "node:timers/promises";').length, 1);
  assert.deepEqual(
    bannedIn(path, "// real time: the socket's own timer is tested.\nsetTimeout(done, 50);"),
    [],
  );
});

test("a scenario says what it proves and is found by its path", () => {
  const good = [
    "// Proves R22: two parts.",
    'export default scenario({ name: "basics/x", proves: ["R22"] });',
  ].join("\n");
  const check = (path: string, text: string): readonly string[] =>
    messages(checkScenarioFile(sourceFile(path, text)));
  assert.deepEqual(check("scenarios/src/basics/x.ts", good), []);
  assert.match(check("scenarios/src/basics/y.ts", good)[0] ?? "", /name: "basics\/y"/);
  assert.match(check("scenarios/src/basics/x.ts", good.slice(3))[0] ?? "", /what it proves/);
  assert.match(
    check("scenarios/src/basics/x.ts", "// Proves R1.\nexport const a = 1;")[0] ?? "",
    /export default scenario/,
  );
  assert.deepEqual(check("scenarios/src/language/x.ts", "export const a = 1;"), []);
});

test("a file that no entry reaches is dead, also when only a test imports it", () => {
  const files = [
    sourceFile("recorder/src/main.ts", 'import { a } from "./a.ts"; a();'),
    sourceFile(
      "recorder/src/a.ts",
      'export function a() { return new URL("./w.ts", import.meta.url); }\nnew URL(`./u$' +
        "{ending}`, x);",
    ),
    sourceFile("recorder/src/w.ts", 'siblingUrl("v", import.meta.url);'),
    sourceFile("recorder/src/v.ts", ""),
    sourceFile("recorder/src/u.ts", ""),
    sourceFile("recorder/src/dead.ts", "export class B {}"),
    sourceFile("recorder/test/dead.test.ts", 'import { B } from "../src/dead.ts";'),
    sourceFile("recorder/test/builder.ts", ""),
  ];
  assert.deepEqual(
    checkDeadCode(files, ["recorder/src/main.ts"]).map((found) => [found.path, found.rule]),
    [
      ["recorder/src/dead.ts", "dead-file"],
      ["recorder/test/builder.ts", "dead-file"],
    ],
  );
});

test("an exported function that nobody imports is found; entries, types and namespaces are not", () => {
  const files = [
    sourceFile("recorder/src/index.ts", "export function edge() {}"),
    sourceFile("recorder/src/main.ts", 'import { a } from "./a.ts"; import * as b from "./b.ts";'),
    sourceFile(
      "recorder/src/a.ts",
      "export function a() {}\nexport async function lone() {}\nexport interface T {}",
    ),
    sourceFile("recorder/src/b.ts", "export class Whole {}"),
  ];
  const found = checkDeadCode(files, ["recorder/src/index.ts", "recorder/src/main.ts"]);
  assert.deepEqual(found.map(formatFinding), [
    'recorder/src/a.ts:2 unused-export: nobody imports lone; drop "export", or delete it',
  ]);
});

test("an imported package is declared where it is imported", () => {
  const declared = new Map([
    ["recorder", new Set(["zod", "@scope/x"])],
    [".", new Set(["fast-check", "@types/ws"])],
  ]);
  const check = (path: string, text: string): readonly string[] =>
    messages(checkDependencies([sourceFile(path, text)], declared));
  const good = 'import zod from "zod"; import x from "@scope/x/deep"; import net from "node:net";';
  assert.deepEqual(check("recorder/src/a.ts", good), []);
  assert.match(
    check("recorder/src/a.ts", 'import fc from "fast-check";')[0] ?? "",
    /declare fast-check in recorder\/package\.json/,
  );
  assert.deepEqual(check("recorder/test/a.test.ts", 'import fc from "fast-check";'), []);
  assert.deepEqual(check("recorder/src/a.ts", 'import type { WebSocket } from "ws";'), []);
  assert.equal(check("recorder/src/a.ts", 'import { WebSocket } from "ws";').length, 1);
});

test("every file begins with a comment", () => {
  assert.deepEqual(checkHeader(sourceFile("a/src/a.ts", "// What for.\nlet a;")), []);
  assert.deepEqual(checkHeader(sourceFile("a/src/a.ts", "/* What for. */")), []);
  assert.equal(checkHeader(sourceFile("a/src/a.ts", "let a; // later")).length, 1);
  assert.equal(checkHeader(sourceFile("a/src/a.ts", "")).length, 1);
});

test("lines of code and comments stay within 100 columns; strings and addresses may not fit", () => {
  const check = (text: string): readonly Finding[] =>
    checkLineLength(sourceFile("a/src/a.ts", text));
  assert.equal(check(`// ${"x".repeat(98)}`)[0]?.line, 1);
  assert.equal(check(`\nconst ${"x".repeat(98)} = 1;`)[0]?.line, 2);
  assert.deepEqual(check(`const a = "${"x".repeat(120)}";`), []);
  const inserted = "$" + "{f(abc, def)}";
  assert.deepEqual(check(`const a = \`${"x ".repeat(40)}${inserted}${"x ".repeat(20)}\`;`), []);
  assert.deepEqual(check(`// https://example.org/${"x".repeat(120)}`), []);
  assert.deepEqual(check(`// ${"x".repeat(97)}`), []);
});

test("unfinished work does not land", () => {
  const mark = ["TO", "DO"].join("");
  assert.equal(checkUnfinished(sourceFile("a/src/a.ts", `// ${mark}: later`))[0]?.line, 1);
  assert.deepEqual(checkUnfinished(sourceFile("a/src/a.ts", `const a = "${mark}";`)), []);
});

test("a path of one machine does not land, in any text file", () => {
  for (const path of ["work/main", "root/x", "tmp/brief/x", "home/anna/x", "Users/anna"]) {
    const text = `see "/${path}"\n`;
    assert.equal(checkMachinePaths({ path: "README.md", text }).length, 1, path);
  }
  const fine = "artwork/main, ./work/x, https://example.org/work/x, /var/lib/tapeline";
  assert.deepEqual(checkMachinePaths({ path: "README.md", text: fine }), []);
});
