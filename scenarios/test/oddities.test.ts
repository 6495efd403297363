// Each switch of the simulated IP Office is used by a scenario, and each fault of the field is
// shown by one: a switch that nothing throws is not known to work.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ODDITIES_DONE, oddityEntries } from "@tapeline/simulator/pbx";
import { scenario } from "../src/language/index.ts";
import { FIELD_FAULTS, GROUPS, loadScenarios } from "../src/index.ts";

const root = new URL("../src/", import.meta.url);
const told = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("language/"))
  .map((file) => readFileSync(new URL(file, root), "utf8"))
  .join("\n");

test("each oddity of the IP Office is switched on by a scenario (T1)", () => {
  const unused = oddityEntries().filter(({ name }) => !told.includes(`oddities.${name} =`));
  assert.deepEqual(
    unused.map(({ name }) => name),
    [],
  );
});

test("what goes wrong by being done is done by a scenario (T1)", () => {
  const never = Object.keys(ODDITIES_DONE).filter((name) => !told.includes(`${name}(`));
  assert.deepEqual(never, []);
});

test("there are at least 120 scenarios, each with a requirement or a fault of the field", async () => {
  const scenarios = await loadScenarios();
  assert.ok(scenarios.length >= 120, `${scenarios.length} scenarios`);
  for (const { name, proves, fieldFault } of scenarios) {
    assert.ok(proves.length > 0 || fieldFault !== undefined, name);
  }
});

test("each group that is described has scenarios; who has a folder of one's own need not", async () => {
  const scenarios = await loadScenarios();
  const groups = new Set(scenarios.map(({ name }) => name.split("/")[0] ?? ""));
  const empty = Object.keys(GROUPS).filter((group) => !groups.has(group));
  assert.deepEqual(empty, []);
});

test("each fault of the field is shown by a scenario", async () => {
  const shown = new Set((await loadScenarios()).map(({ fieldFault }) => fieldFault));
  const missing = Object.keys(FIELD_FAULTS).filter((fault) => !shown.has(fault as never));
  assert.deepEqual(missing, []);
});

const STORY = () => Promise.resolve();

test("a fault of the field stands for requirements; one that is not in the list is refused", () => {
  const about = { name: "a/b", title: "t", proves: [], story: STORY };
  assert.equal(scenario({ ...about, fieldFault: "port-reused" }).fieldFault, "port-reused");
  assert.throws(() => scenario(about), /proves nothing/);
  const wrong = { ...about, fieldFault: "bad-luck" as "port-reused" };
  assert.throws(() => scenario(wrong), /"bad-luck" is no fault of the field/);
});
