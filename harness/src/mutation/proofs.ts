// What can tell a mutant from the original: the unit tests of the measured folders and the slices
// of the scenario suite. Each is run once without a mutant, in the copy of the repository: one that
// fails there proves nothing and is left out; of the others it is noted what they came by.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Area } from "./areas.ts";
import { COVERAGE_FOLDER, type ProbeNotes } from "./coverage-probe.ts";
import { filesMatching } from "./files-matching.ts";
import { inParallel } from "./in-parallel.ts";
import { runLimited } from "./limited-child.ts";
import type { PlayedScenario } from "./scenario-slice.ts";

const UNMUTATED_LIMITS = { processorLimitMs: 600_000, wallLimitMs: 1_800_000 };

export interface Proof {
  readonly kind: "test" | "scenario";
  /** File of the test, from the root; name of the scenario. */
  readonly name: string;
  readonly durationMs: number;
  readonly processorMs: number;
  /** Numbers of the mutants that it comes by. */
  readonly covers: ReadonlySet<string>;
}

export interface Place {
  /** Of the copy. */
  readonly root: string;
  readonly seed: string;
  readonly jobs: number;
  /** Told of every proof that is left out. */
  readonly warn: (text: string) => void;
}

export function testArguments(root: string, file: string): readonly string[] {
  return ["--test-reporter=tap", join(root, file)];
}

export function sliceArguments(
  { root, seed }: Pick<Place, "root" | "seed">,
  { mode, names }: { readonly mode: "cover" | "try"; readonly names: readonly string[] },
): readonly string[] {
  return [join(root, "harness/src/mutation/scenario-slice.ts"), mode, seed, ...names];
}

export async function findTests(areas: readonly Area[], place: Place): Promise<readonly Proof[]> {
  const { root, jobs, warn } = place;
  const found = new Set<string>();
  for (const { name, otherTests = [] } of areas) {
    for (const file of await filesMatching(root, `recorder/test/${name}/**/*.test.ts`)) {
      found.add(file);
    }
    for (const file of otherTests) found.add(`recorder/test/${file}`);
  }
  const files = [...found];
  const proofs = await inParallel(files, jobs, async (file): Promise<Proof | null> => {
    const folder = await mkdtemp(join(tmpdir(), "tapeline-mutants-"));
    try {
      const probe = pathToFileURL(join(root, "harness/src/mutation/coverage-probe.ts")).href;
      const { fate, failure, durationMs } = await runLimited(
        ["--import", probe, ...testArguments(root, file)],
        {
          ...{ cwd: root, ...UNMUTATED_LIMITS, stopsAtFailure: true },
          env: { [COVERAGE_FOLDER]: folder },
        },
      );
      if (fate === "good") {
        return { kind: "test", name: file, durationMs, ...(await readNotes(folder)) };
      }
      warn(`left out, it fails without a mutant: ${file} (${failure ?? fate})`);
      return null;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  return proofs.filter((proof) => proof !== null);
}

/** Of all threads and child processes of a test. */
async function readNotes(folder: string): Promise<Pick<Proof, "covers" | "processorMs">> {
  const covers = new Set<string>();
  let processorMs = 0;
  for (const name of await readdir(folder)) {
    const notes = JSON.parse(await readFile(join(folder, name), "utf8")) as ProbeNotes;
    for (const id of notes.covers) covers.add(id);
    processorMs = Math.max(processorMs, notes.processorMs);
  }
  return { covers, processorMs };
}

export async function findScenarios(
  areas: readonly Area[],
  place: Place,
): Promise<readonly Proof[]> {
  const slices = await inParallel(areas, place.jobs, async ({ scenarios: names }) => {
    const { stdout } = await runLimited(sliceArguments(place, { mode: "cover", names }), {
      ...{ cwd: place.root, ...UNMUTATED_LIMITS, stopsAtFailure: false, env: {} },
    });
    const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line) as PlayedScenario);
  });
  const proofs = new Map<string, Proof>();
  for (const { name, isGood, covers, ...cost } of slices.flat()) {
    if (isGood) proofs.set(name, { kind: "scenario", name, ...cost, covers: new Set(covers) });
    else place.warn(`left out, it fails without a mutant: ${name}`);
  }
  return [...proofs.values()];
}
