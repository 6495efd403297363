// The scenario language refuses what is written wrong, and the list of scenarios is the folder.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { loadScenarios } from "../src/index.ts";
import { scenario, type ScenarioOptions } from "../src/language/index.ts";

const GOOD: ScenarioOptions = {
  name: "group/short-name",
  title: "Something happens",
  proves: ["R1"],
  story: () => Promise.resolve(),
};

test("a scenario is complete and frozen", () => {
  const made = scenario(GOOD);
  const { modes, smoke, drives, tls, network, sipTls } = made;
  assert.deepEqual(
    { modes, smoke, drives, tls, network, sipTls },
    {
      modes: ["virtual", "live"],
      smoke: false,
      drives: 1,
      tls: null,
      network: false,
      sipTls: false,
    },
  );
  assert.ok(Object.isFrozen(made));
});

for (const name of [
  "one-call",
  "Basics/one-call",
  "basics/one call",
  "/basics",
  "basics/",
  "a/b.ts",
]) {
  test(`the name "${name}" is refused`, () => {
    assert.throws(() => scenario({ ...GOOD, name }), /is not like "group\/short-name"/);
  });
}

for (const id of ["", "r1", "R", "R1234", "X1", "R1 "]) {
  test(`"${id}" is refused as a requirement`, () => {
    assert.throws(() => scenario({ ...GOOD, proves: ["R1", id] }), /is no requirement id/);
  });
}

test("a scenario that proves nothing is refused", () => {
  assert.throws(() => scenario({ ...GOOD, proves: [] }), /proves nothing/);
});

test("a scenario for one mode says why not in the other", () => {
  assert.throws(() => scenario({ ...GOOD, modes: ["virtual"] }), /names its modes but not why/);
  const made = scenario({ ...GOOD, modes: ["virtual"], notElsewhere: "no power cut" });
  assert.deepEqual(made.modes, ["virtual"]);
});

const ROOT = new URL("../src/", import.meta.url);
const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.includes("/") && !file.startsWith("language/") && file.endsWith(".ts"))
  .sort();

test("every file is a scenario, and its name is its path", async () => {
  const names = (await loadScenarios()).map(({ name }) => name);
  assert.ok(files.length >= 25);
  assert.deepEqual(
    names,
    files.map((file) => file.replace(/\.ts$/, "")),
  );
});

test("the first line of each file names the requirements that it proves", async () => {
  for (const { name, proves } of await loadScenarios()) {
    const [line = ""] = readFileSync(new URL(`${name}.ts`, ROOT), "utf8").split("\n");
    const named = idsIn(line);
    assert.match(line, /^\/\/ Proves /, name);
    assert.ok(named.length > 0, `${name} names no requirement`);
    const unproved = named.filter((id) => !proves.includes(id));
    assert.deepEqual(unproved, [], `${name} names more than it proves`);
  }
});

/** "R1–R3, T1" is R1, R2, R3, T1. */
function idsIn(line: string): string[] {
  const found = line.matchAll(/([RT])(\d+)(?:–[RT]?(\d+))?/g);
  return [...found].flatMap(([, letter = "", first = "", last = first]) =>
    Array.from(
      { length: Number(last) - Number(first) + 1 },
      (_, step) => letter + (Number(first) + step),
    ),
  );
}
