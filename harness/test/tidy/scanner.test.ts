// The light scanner under tidy: what is code, what is text, where functions begin and end.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { checkFunctionLength, functionsIn } from "../../src/tidy/function-length.ts";
import { mask } from "../../src/tidy/mask.ts";
import { readSources, sourceFile } from "../../src/tidy/source-file.ts";

test("comments, strings, templates and regular expressions are blanked, offsets kept", () => {
  const table: readonly (readonly [string, string])[] = [
    ["a // b\nc", "a     \nc"],
    ["a /* b\n */ c", "a     \n    c"],
    ['"a\\"b" c', '"    " c'],
    ["'//' d", "'  ' d"],
    ["`a${b}c` d", "` ${b} ` d"],
    ["`a${`x${y}`}c`", "` ${` ${y}`} `"],
    ["`${{ a: 1 }.a}`", "`${{ a: 1 }.a}`"],
    ["a / b / c", "a / b / c"],
    ["x = /[/]\"'/g;", "x = /     /g;"],
    ["return /a/.test(b)", "return / /.test(b)"],
    ["f(/a\\/b/)", "f(/    /)"],
  ];
  for (const [text, code] of table) assert.equal(mask(text).code, code, text);
});

test("comments are kept with their place", () => {
  assert.deepEqual(mask("a // b\n/* c */").comments, [
    { at: 2, text: "// b" },
    { at: 7, text: "/* c */" },
  ]);
});

test("any text keeps its length and its lines", () => {
  const unit = fc.constantFrom("/", "*", '"', "'", "`", "$", "{", "}", "\\", "\n", "a", "[", " ");
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      const { code } = mask(text);
      assert.equal(code.length, text.length);
      for (let at = 0; at < text.length; at += 1) {
        if (text.charAt(at) === "\n") assert.equal(code.charAt(at), "\n");
      }
    }),
  );
});

test("imports of every form are read with their names", () => {
  const file = sourceFile(
    "a/src/a.ts",
    [
      'import a, { b as c, type d } from "./one.ts";',
      'import type { e } from "./two.ts";',
      'import { type f, type g } from "./three.ts";',
      'import * as h from "./four.ts";',
      'export * from "./five.ts";',
      'export { i } from "./six.ts";',
      'import "./seven.ts";',
      'await import("./eight.ts");',
      'new URL("./nine.ts", import.meta.url);',
      'new URL("./nine.html", import.meta.url);',
      '// import { x } from "./not.ts";',
      "const text = 'import { x } from \"./not.ts\"';",
      'import {\n  j,\n  k,\n} from "./ten.ts";',
    ].join("\n"),
  );
  assert.deepEqual(
    file.imports.map(({ specifier, isType, names }) => [specifier, isType, names.join(" ")]),
    [
      ["./one.ts", false, "default b d"],
      ["./two.ts", true, "e"],
      ["./three.ts", true, "f g"],
      ["./four.ts", false, "*"],
      ["./five.ts", false, "*"],
      ["./six.ts", false, "i"],
      ["./seven.ts", false, ""],
      ["./eight.ts", false, "*"],
      ["./nine.ts", false, ""],
      ["./ten.ts", false, "j k"],
    ],
  );
});

const body = (lines: number): string => "  a();\n".repeat(lines);

test("functions of every form are measured", () => {
  const table: readonly (readonly [string, string, number])[] = [
    ["function", `function one() {\n${body(3)}}`, 5],
    ["typed", `function one(a: { b: number }): Map<string, { c: 1 }> {\n${body(3)}}`, 5],
    ["long head", `function one(\n  a: number,\n): a is { b: 1 } {\n${body(3)}}`, 7],
    ["generic", `async function one<T extends string>(a: T): Promise<T> {\n${body(3)}}`, 5],
    ["method", `class A {\n  one(a = { b: 1 }): void {\n${body(3)}  }\n}`, 5],
    ["private", `class A {\n  async #one(): Promise<void> {\n${body(3)}  }\n}`, 5],
    ["arrow", `const one = (a: number): number => {\n${body(3)}};`, 5],
  ];
  for (const [form, text, lines] of table) {
    const found = functionsIn(mask(text).code).map((item) => [
      item.name.replace("#", ""),
      item.lines,
    ]);
    assert.deepEqual(found, [["one", lines]], form);
  }
});

test("calls, conditions, overloads and declarations without a body are no functions", () => {
  for (const text of [
    "if (a) {\n}\nfor (const b of c) {\n}\nwhile (a) {\n}\nswitch (a) {\n}",
    "function one(a: string): void;",
    "one(a);\ntwo(b)\n  .three(c);",
    "interface A {\n  one(a: number): { b: 1 };\n}",
  ]) {
    assert.deepEqual(functionsIn(mask(text).code), [], text);
  }
});

const lengthOf = (text: string, known: Record<string, number> = {}): readonly string[] =>
  checkFunctionLength([sourceFile("a/src/a.ts", text)], known).map((found) => found.message);

test("a function of 70 lines is fine, of 71 it is not", () => {
  assert.deepEqual(lengthOf(`function one() {\n${body(68)}}`), []);
  assert.match(lengthOf(`function one() {\n${body(69)}}`)[0] ?? "", /one has 71 lines/);
});

test("one switch, or one table, may be longer; an object of functions may not", () => {
  const cases = "    case 1:\n      return 2;\n".repeat(50);
  assert.deepEqual(lengthOf(`function one(a) {\n  switch (a.b) {\n${cases}  }\n}`), []);
  const rows = "    { a: 1, b: [2] },\n".repeat(90);
  assert.deepEqual(lengthOf(`function one() {\n  return [\n${rows}  ];\n}`), []);
  assert.deepEqual(lengthOf(`function one() {\n  return f({\n${rows}  });\n}`), []);
  const functions = "    a() {\n      b();\n    },\n".repeat(30);
  const found = lengthOf(`function one() {\n  return {\n${functions}  };\n}`);
  assert.match(found[0] ?? "", /one has 94 lines/);
});

test("the ratchet: a known length may stay, not grow, and must follow when it shrinks", () => {
  const text = `function one() {\n${body(78)}}`;
  assert.deepEqual(lengthOf(text, { "a/src/a.ts#one": 80 }), []);
  assert.match(lengthOf(text, { "a/src/a.ts#one": 79 })[0] ?? "", /grew from 79 to 80/);
  assert.match(lengthOf(text, { "a/src/a.ts#one": 90 })[0] ?? "", /shrank to 80 lines/);
  assert.match(lengthOf("", { "a/src/a.ts#one": 90 })[0] ?? "", /short enough now/);
});

test("every file of the house can be scanned: brackets of its code balance", () => {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const files = readSources(root);
  assert.ok(files.length > 50);
  for (const file of files) {
    const counts = ["{}", "()", "[]"].map((pair) =>
      pair.split("").map((char) => file.masked.code.split(char).length),
    );
    for (const [open, close] of counts) assert.equal(open, close, file.path);
    assert.equal(file.masked.code.length, readFileSync(`${root}/${file.path}`, "utf8").length);
  }
});
