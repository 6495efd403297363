// `npm run mutation`: proof that the tests find bugs. Of all small changes that can be made of ten
// folders of recorder/src a seeded sample is tried, one by one, in a copy of the repository: unit
// tests first, then a slice of the scenario suite, until one fails. Never part of `npm test`.
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { CopiedRepository, REPOSITORY } from "../planted/copied-repository.ts";
import { AREAS, type Area } from "./areas.ts";
import { EQUIVALENTS } from "./equivalents.ts";
import { isEquivalent, staleEntries } from "./equivalence.ts";
import { inParallel } from "./in-parallel.ts";
import { findMutants, type Mutant, type Mutated } from "./mutants.ts";
import { findScenarios, findTests, type Place } from "./proofs.ts";
import { progressText } from "./progress.ts";
import { sample } from "./sample.ts";
import { SCORE_MIN_PERCENT, scores, scoreTable, survivorLine, type Tried } from "./score.ts";
import { tryMutant } from "./trial.ts";

interface Options {
  readonly seed: string;
  readonly sample: number;
  readonly area?: readonly string[];
  readonly again?: string;
  readonly continue?: true;
  readonly jobs: number;
  readonly out: string;
  readonly json?: true;
}

/** What `--json` prints, and mutation.json in the output folder holds. */
interface MutationResult {
  readonly version: 1;
  readonly seed: string;
  readonly sample: number;
  readonly scores: ReturnType<typeof scores>;
  readonly mutants: readonly (Mutant & { readonly fate: string; readonly by: string | null })[];
}

/** In the output folder: a line for each mutant, as soon as it was tried. */
const JOURNAL = "mutation.jsonl";

const tell = (text: string): void => void process.stderr.write(`${text}\n`);

async function measure(options: Options): Promise<MutationResult> {
  const mutated = await findMutants(
    REPOSITORY,
    AREAS.map(({ name }) => name),
  );
  for (const { file, at, change } of staleEntries(EQUIVALENTS, mutated.mutants)) {
    tell(`equivalents.ts names what is no longer there: ${file}, ${at}, ${change}`);
  }
  const chosen = await choose(mutated.mutants, options);
  tell(`${mutated.mutants.length} mutants, ${chosen.length} of them chosen, seed ${options.seed}`);
  const areas = AREAS.filter(({ name }) => chosen.some(({ area }) => area === name));
  const copy = await CopiedRepository.make(["test", "recorder.example.yaml"]);
  try {
    await writeInstrumented(copy.root, mutated, chosen);
    const tried = await tryAll(chosen, areas, { copy, options });
    const { seed } = options;
    const mutants = tried.map(({ mutant, fate, by }) => ({ ...mutant, fate, by }));
    return { version: 1, seed, sample: options.sample, scores: scores(tried), mutants };
  } finally {
    await copy.remove();
  }
}

async function choose(all: readonly Mutant[], options: Options): Promise<readonly Mutant[]> {
  const { seed, sample: count, area = AREAS.map(({ name }) => name), again } = options;
  if (again !== undefined) {
    const before = JSON.parse(await readFile(again, "utf8")) as MutationResult;
    const left = before.mutants.filter(({ fate }) => fate === "survived" || fate === "uncovered");
    const keys = new Set(left.map(({ key }) => key));
    return all.filter((mutant) => keys.has(mutant.key) && area.includes(mutant.area));
  }
  return sample(all, { seed, count }).filter((mutant) => area.includes(mutant.area));
}

/** Only files of which a mutant is tried: the others run as they are. */
async function writeInstrumented(
  root: string,
  { texts }: Mutated,
  chosen: readonly Mutant[],
): Promise<void> {
  for (const file of new Set(chosen.map((mutant) => mutant.file))) {
    await writeFile(join(root, file), texts.get(file) ?? "");
  }
}

async function tryAll(
  chosen: readonly Mutant[],
  areas: readonly Area[],
  { copy, options }: { readonly copy: CopiedRepository; readonly options: Options },
): Promise<readonly Tried[]> {
  const { seed, jobs, out } = options;
  const place: Place = { root: copy.root, seed, jobs, warn: tell };
  const journal = join(out, JOURNAL);
  await mkdir(out, { recursive: true });
  const known: ReadonlyMap<string, Tried> =
    options.continue === true ? await readJournal(journal) : new Map();
  if (options.continue !== true) await writeFile(journal, "");
  tell("tests and scenarios of these folders run once without a mutant: some minutes");
  const tests = await findTests(areas, place);
  const proofs = [...tests, ...(await findScenarios(areas, place))];
  tell(
    `${tests.length} test files and ${proofs.length - tests.length} scenarios stand against them`,
  );
  const total = chosen.filter(({ key }) => !known.has(key)).length;
  const startedMs = performance.now();
  let done = 0;
  return inParallel(chosen, jobs, async (mutant) => {
    const before = known.get(mutant.key);
    if (before !== undefined) return { ...before, mutant };
    const tried: Tried = isEquivalent(mutant, EQUIVALENTS)
      ? { mutant, fate: "equivalent", by: null }
      : await tryMutant(mutant, proofs, place);
    done += 1;
    await appendFile(journal, `${JSON.stringify(tried)}\n`);
    const progress = progressText({ done, total, elapsedMs: performance.now() - startedMs });
    tell(`${progress} ${survivorLine(tried)}`);
    return tried;
  });
}

/** What an interrupted run came to, by the key of the mutant; nothing where none was. */
async function readJournal(file: string): Promise<ReadonlyMap<string, Tried>> {
  const lines = (await readFile(file, { encoding: "utf8", flag: "a+" })).split("\n").slice(0, -1);
  const tried = lines.map((line) => JSON.parse(line) as Tried);
  return new Map(tried.map((each) => [each.mutant.key, each]));
}

function report({ scores: rows, mutants }: MutationResult): void {
  const left = mutants.filter(({ fate }) => fate === "survived" || fate === "uncovered");
  const lines = left.map(({ fate, by, ...mutant }) =>
    survivorLine({ mutant, fate: fate as Tried["fate"], by }),
  );
  process.stdout.write(`${lines.join("\n")}\n\n${scoreTable(rows)}\n`);
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("must be a whole number above 0");
}

function areaNames(text: string): readonly string[] {
  const wanted = text.split(",");
  const unknown = wanted.find((name) => AREAS.every((area) => area.name !== name));
  if (unknown === undefined) return wanted;
  throw new InvalidArgumentError(`must be of ${AREAS.map(({ name }) => name).join(", ")}`);
}

if (import.meta.main) {
  const command = new Command("mutation")
    .description("Tries a seeded sample of mutants of recorder/src against the tests")
    .option("--seed <seed>", "which mutants are tried", "tapeline")
    .option("--sample <count>", "how many; at least 30 of each folder", count, 400)
    .option("--area <folders>", "only these of the sample, separated by commas", areaNames)
    .option("--again <file>", "only those that survived in this mutation.json")
    .option("--continue", "goes on with what an interrupted run left in the output folder")
    .option("--jobs <count>", "mutants at a time", count, 2)
    .option("--out <folder>", "where mutation.json is written", "out/mutation")
    .option("--json", "prints one JSON document and nothing else")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse();
  const given = command.opts<Options>();
  const options = { ...given, out: resolve(given.out) };
  const result = await measure(options);
  const file = join(options.out, "mutation.json");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else report(result);
  process.exitCode = result.scores.every((row) => row.scorePercent >= SCORE_MIN_PERCENT) ? 0 : 1;
}
