// Each switch of the simulated IP Office truly changes what happens (T1): a scenario that throws it
// is run twice under one seed, once with the switch held at "nothing wrong", and the traces differ.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { loadScenarios, runnable, type Scenario, type Story } from "@tapeline/scenarios";
import { oddityEntries } from "@tapeline/simulator/pbx";
import { runScenario } from "../src/run-scenario.ts";

const SOURCES = new URL("../../scenarios/src/", import.meta.url);
const SEED = "switch";

/** The virtual scenario that throws the switch with the fewest words: quick to run. */
async function throwing(name: string): Promise<readonly Scenario[]> {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts") && !file.startsWith("language/"))
    .map((file) => ({ file, text: readFileSync(new URL(file, SOURCES), "utf8") }))
    .filter(({ text }) => text.includes(`oddities.${name} =`))
    .toSorted((one, other) => one.text.length - other.text.length)
    .map(({ file }) => file.replace(/\.ts$/, ""));
  const all = (await loadScenarios()).filter((each) => each.modes.includes("virtual"));
  const found = files.flatMap((file) => all.filter((each) => each.name === file));
  return runnable(found.slice(0, 1)).filter(({ modes }) => modes.includes("virtual"));
}

/** The same story, in which nobody can throw this switch. */
function without(scenario: Scenario, side: "sip" | "devlink3", key: string): Scenario {
  const story = (told: Story): Promise<void> => {
    const held = new Proxy(told.oddities[side], {
      set: (target, property, value) => property === key || Reflect.set(target, property, value),
    });
    return scenario.story({ ...told, oddities: { ...told.oddities, [side]: held } });
  };
  return { ...scenario, story };
}

async function traceOf(scenario: Scenario): Promise<string | null> {
  const given = { mode: "virtual", seed: SEED, directory: null, workDirectory: "" } as const;
  return (await runScenario({ ...given, scenario })).result.traceHash;
}

describe("switches that do something", () => {
  for (const { name } of oddityEntries()) {
    test(`${name} changes the trace of a scenario that throws it (T1)`, async () => {
      const [side, key = ""] = name.split(".") as ["sip" | "devlink3", string?];
      const scenarios = await throwing(name);
      assert.notEqual(scenarios.length, 0, `no virtual scenario throws ${name}`);
      for (const scenario of scenarios) {
        const thrown = await traceOf(scenario);
        assert.notEqual(thrown, null);
        if (thrown !== (await traceOf(without(scenario, side, key)))) return;
      }
      assert.fail(`${name} changes nothing in ${scenarios.map((each) => each.name).join(", ")}`);
    });
  }
});
