// The configuration reference is generated and fresh; the example is the contract that it and the
// schema keep (style.md, "Configuration").
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { parseConfig } from "../src/config.ts";
import { CONFIGURATION_PAGE, configurationPage, options } from "./configuration-page.ts";

const EXAMPLE = readFileSync(new URL("../recorder.example.yaml", import.meta.url), "utf8");
const SOURCE = { environment: { DEVLINK3_PASSWORD: "Passw0rd!" }, baseDirectory: "/srv/recorder" };

test("configuration.md is what the schema says", () => {
  const page = readFileSync(CONFIGURATION_PAGE, "utf8");
  assert.equal(page, configurationPage(), "run `npm run configuration`");
});

test("every option has a sentence, a limit and a unit or none", () => {
  const all = options();
  assert.ok(all.length > 40);
  for (const { path, sentence, limit } of all) {
    assert.match(sentence, /^.+\.$/s, `${path}: give it .meta({ description: "A sentence." })`);
    assert.notEqual(limit, "", path);
  }
});

test("numbers of a size or a time say their unit", () => {
  const unitless = options().filter(
    ({ path, unit }) => /(?:Ms|Seconds|Hours|Days|Bytes|Percent)$/.test(path) && unit === "–",
  );
  assert.deepEqual(
    unitless.map(({ path }) => path),
    [],
    "give them .meta({ unit })",
  );
});

test("every key of the example is an option, and its value there is the default", () => {
  const byPath = new Map(options().map((option) => [option.path, option]));
  const leaves = leavesOf(parse(EXAMPLE), "").filter(([path]) => !/password$|host$/.test(path));
  for (const [path, value] of leaves) {
    const found = byPath.get(path);
    assert.ok(found !== undefined, `${path} is not an option`);
    const isGiven = ["must be given", "–"].includes(found.default);
    if (isGiven || path.startsWith("pools")) continue;
    assert.equal(found.default, `\`${value}\``, path);
  }
});

/** Paths of values, list items as `[]`; lists of plain values are one value. */
function leavesOf(value: unknown, path: string): [path: string, value: string][] {
  if (Array.isArray(value) && value.some((item) => typeof item === "object")) {
    return value.flatMap((item) => leavesOf(item, `${path}[]`));
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      leavesOf(item, path === "" ? key : `${path}.${key}`),
    );
  }
  return [[path, typeof value === "string" ? value : JSON.stringify(value)]];
}

test("the example parses as it is, and with its three lines edited", () => {
  const whole = parseConfig(EXAMPLE, SOURCE);
  assert.ok(whole.ok, JSON.stringify(whole));
  assert.deepEqual(whole.warnings, []);
  const edited = EXAMPLE.replace("address: 192.0.2.10", "address: 198.51.100.7")
    .replace("host: 192.0.2.1\n", "host: 198.51.100.1\n")
    .replace("password: ${DEVLINK3_PASSWORD}", "password: s3cret");
  const result = parseConfig(edited, SOURCE);
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(result.config.recorder.address, "198.51.100.7");
  assert.equal(result.config.devlink3[0]?.host, "198.51.100.1");
  assert.equal(result.config.devlink3[0]?.password, "s3cret");
});
