// Loaded before a test (`--import`) in the copy of the repository: when the thread ends it writes
// down which mutants the test came by, as the instrumented sources noted it, and the processor
// time.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

/** The variable that names the folder for these notes. */
export const COVERAGE_FOLDER = "TAPELINE_MUTANT_COVERAGE";

/** What the instrumented sources keep, under a name of their own. */
export interface StrykerNotes {
  mutantCoverage?: {
    readonly static: Readonly<Record<string, number>>;
    readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  currentTestId?: string;
}

export const STRYKER_GLOBAL = "__stryker__";

/** What the probe writes down. */
export interface ProbeNotes {
  readonly covers: readonly string[];
  /** Of the whole process. */
  readonly processorMs: number;
}

export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Mutants that this thread came by. */
function coveredMutants(): readonly string[] {
  const notes = (globalThis as { [STRYKER_GLOBAL]?: StrykerNotes })[STRYKER_GLOBAL];
  return Object.keys(notes?.mutantCoverage?.static ?? {});
}

const folder = process.env[COVERAGE_FOLDER];
if (folder !== undefined) {
  process.on("exit", () => {
    const file = join(folder, `${process.pid}-${threadId}.json`);
    const notes: ProbeNotes = { covers: coveredMutants(), processorMs: processorMs() };
    writeFileSync(file, JSON.stringify(notes));
  });
}
