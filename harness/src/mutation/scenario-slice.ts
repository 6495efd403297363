// Runs inside the copy of the repository: plays scenarios in the virtual world, one after the
// other, and ends with 1 at the first that fails. With "cover" it plays them all and prints, for
// each, how long it took and which mutants it came by. Started by proofs.ts and trial.ts.
import { loadScenarios } from "@tapeline/scenarios";
import { choose } from "../cli/choose.ts";
import { runScenario } from "../run-scenario.ts";
import { processorMs, STRYKER_GLOBAL, type StrykerNotes } from "./coverage-probe.ts";

export interface PlayedScenario {
  readonly name: string;
  readonly isGood: boolean;
  readonly durationMs: number;
  readonly processorMs: number;
  readonly covers: readonly string[];
}

const PLACE = { mode: "virtual", directory: null, workDirectory: "" } as const;

async function play(cover: boolean, seed: string, patterns: readonly string[]): Promise<void> {
  const notes: StrykerNotes = ((globalThis as { [STRYKER_GLOBAL]?: StrykerNotes })[
    STRYKER_GLOBAL
  ] ??= {});
  for (const scenario of choose(await loadScenarios(), patterns)) {
    if (!scenario.modes.includes("virtual")) continue;
    if (cover) notes.currentTestId = scenario.name;
    const [startedMs, usedMs] = [performance.now(), processorMs()];
    const { result } = await runScenario({ scenario, seed, ...PLACE });
    const isGood = result.verdict === "pass";
    if (!isGood && !cover) {
      process.stdout.write(`not ok ${scenario.name}: ${result.why ?? ""}\n`);
      process.exit(1);
    }
    if (!cover) continue;
    const { static: loaded = {}, perTest = {} } = notes.mutantCoverage ?? {};
    const covers = Object.keys({ ...loaded, ...perTest[scenario.name] });
    const cost = { durationMs: performance.now() - startedMs, processorMs: processorMs() - usedMs };
    const played: PlayedScenario = { name: scenario.name, isGood, ...cost, covers };
    process.stdout.write(`${JSON.stringify(played)}\n`);
  }
}

if (import.meta.main) {
  const [mode = "", seed = "", ...patterns] = process.argv.slice(2);
  await play(mode === "cover", seed, patterns);
  process.exit(0);
}
