// Runs a list of planned runs, tells progress, and writes the reports: results.jsonl, JSON, JUnit,
// Markdown and the HTML page.
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ConsoleReport,
  evidenceKey,
  failureFacts,
  NO_FACTS,
  renderJson,
  renderJsonLine,
  type FailureFacts,
  type RunEvidence,
  type RunResult,
  type SuiteResult,
} from "@tapeline/reports";
import type { Mode, Scenario } from "@tapeline/scenarios";
import { coverageOf, type SwarmCoverage } from "@tapeline/simulator/people";
import type { RunOutcome } from "../run-scenario.ts";
import { runJob, type RunJob } from "./run-job.ts";
import { RunProcess } from "./run-processes.ts";
import { shrinkFailures } from "./shrink-failures.ts";
import { readPast, trendOf, withOwnPage, writeReports, type Past } from "./suite-reports.ts";

export interface PlannedRun {
  readonly scenario: Scenario;
  readonly mode: Mode;
  readonly seed: string;
}

export interface SuiteOptions {
  /** Absolute; made anew. */
  readonly directory: string;
  /** Only the JSON document goes to standard output; progress to standard error. */
  readonly isJson: boolean;
  readonly keepsArtifacts: boolean;
  /** Runs at the same time; above 1 each in a process of its own. */
  readonly jobs: number;
  readonly junitFile?: string;
  /** Failures of swarms are not reduced: it takes many runs. */
  readonly leavesFailuresWhole?: boolean;
}

const TICK_MS = 500;
/** Failed runs whose evidence goes into the reports when nothing else is kept. */
const EVIDENCE_RUNS = 20;
/** Pairs that no swarm reached, on the console. */
const MISSING_SHOWN = 20;
/** From so many runs on their rate is told. */
const RATE_RUNS = 50;

export class Suite {
  readonly #options: SuiteOptions;
  readonly #console: ConsoleReport;
  readonly #evidence = new Map<string, RunEvidence>();
  /** Of every failed run, for the reports that need no artefact. */
  readonly #facts = new Map<string, FailureFacts>();
  /** In the order of planning, whichever is done first. */
  readonly #results: RunResult[] = [];
  /** "oddity × situation", as swarms came by them. */
  readonly #situations = new Set<string>();
  /** One after the other, so that lines do not mix. */
  #appending: Promise<void> = Promise.resolve();

  constructor(options: SuiteOptions) {
    this.#options = options;
    const stream = options.isJson ? process.stderr : process.stdout;
    this.#console = new ConsoleReport({
      write: (text) => stream.write(text),
      isTerminal: stream.isTTY,
      isColoured: process.env["NO_COLOR"] === undefined,
      columns: () => stream.columns ?? 80,
      monotonicMs: () => performance.now(),
    });
  }

  async run(runs: readonly PlannedRun[]): Promise<SuiteResult> {
    const { directory } = this.#options;
    const startedAt = new Date().toISOString();
    const past = await readPast(directory);
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    this.#console.start(runs.length);
    const ticker = setInterval(() => this.#console.tick(), TICK_MS);
    const startedMs = performance.now();
    try {
      await this.#runAll(runs);
      await this.#appending;
      if (this.#options.leavesFailuresWhole !== true) await this.#shrink(runs);
    } finally {
      clearInterval(ticker);
    }
    this.#tellRate(performance.now() - startedMs);
    const suite = this.#suite(startedAt, this.#coverage(runs));
    const paths = await this.#write(suite, past);
    this.#console.close(suite, paths, trendOf(past, suite));
    if (this.#options.isJson) process.stdout.write(renderJson(suite));
    return suite;
  }

  /** As many lanes as jobs; each takes the next run when its last one is done. */
  async #runAll(runs: readonly PlannedRun[]): Promise<void> {
    const waiting = runs.entries();
    const lane = async (): Promise<void> => {
      const process = this.#options.jobs > 1 ? new RunProcess() : null;
      try {
        for (const [index, planned] of waiting) {
          const job = this.#jobOf(planned);
          this.#console.onRunStart({ scenario: job.scenario, mode: job.mode });
          const running = process?.run(job, planned) ?? runJob(job, planned.scenario);
          await this.#take(index, await running);
        }
      } finally {
        process?.close();
      }
    };
    const lanes = Math.min(this.#options.jobs, runs.length);
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  #jobOf({ scenario, mode, seed }: PlannedRun): RunJob {
    const { directory, keepsArtifacts } = this.#options;
    const folder = folderOf({ scenario: scenario.name, mode, seed });
    const kept = keepsArtifacts ? join(directory, folder) : null;
    return { scenario: scenario.name, mode, seed, directory: kept };
  }

  async #take(index: number, { result, evidence, situations = [] }: RunOutcome): Promise<void> {
    for (const situation of situations) this.#situations.add(situation);
    const keepsEvidence = this.#options.keepsArtifacts || this.#evidence.size < EVIDENCE_RUNS;
    const complete =
      evidence !== null && keepsEvidence ? await this.#keep(result, evidence) : result;
    const isFailed = result.verdict === "fail";
    const facts = evidence === null || !isFailed ? NO_FACTS : failureFacts(evidence);
    if (isFailed) this.#facts.set(evidenceKey(result), facts);
    this.#results[index] = complete;
    const file = join(this.#options.directory, "results.jsonl");
    this.#appending = this.#appending.then(() => appendFile(file, renderJsonLine(complete)));
    this.#console.onRunEnd(complete, facts);
  }

  /** A failure among very many seeds, which keep nothing, has a page of its own all the same. */
  async #keep(result: RunResult, evidence: RunEvidence): Promise<RunResult> {
    this.#evidence.set(evidenceKey(result), evidence);
    if (result.verdict !== "fail" || result.artifacts.ladder !== null) return result;
    return withOwnPage(result, evidence, join(this.#options.directory, folderOf(result)));
  }

  async #shrink(runs: readonly PlannedRun[]): Promise<void> {
    const file = join(this.#options.directory, "results.jsonl");
    const note = (text: string): void => this.#console.note(text);
    const shrunk = await shrinkFailures(runs, this.#results, { note, file });
    if (shrunk.size === 0) return;
    for (const [index, result] of shrunk) this.#results[index] = result;
    await writeFile(file, this.#results.map(renderJsonLine).join(""));
  }

  #tellRate(wallMs: number): void {
    const count = this.#results.length;
    if (count < RATE_RUNS) return;
    this.#console.note(`${((count * 1_000) / wallMs).toFixed(1)} seeds a second`);
  }

  /** Told where swarms ran so often that it says something. */
  #coverage(runs: readonly PlannedRun[]): SwarmCoverage | null {
    const profiles = runs.flatMap(({ scenario }) => scenario.swarm ?? []);
    const coverage = coverageOf(new Set(profiles), this.#situations);
    if (coverage === null || profiles.length < RATE_RUNS) return coverage;
    for (const line of coverageLines(coverage)) this.#console.note(line);
    return coverage;
  }

  #suite(startedAt: string, coverage: SwarmCoverage | null): SuiteResult {
    const count = (verdict: string): number =>
      this.#results.filter((result) => result.verdict === verdict).length;
    return {
      version: 1,
      commit: commitHash(),
      startedAt,
      summary: { passed: count("pass"), failed: count("fail"), skipped: count("skip") },
      ...(coverage === null ? {} : { coverage }),
      runs: this.#results,
    };
  }

  #write(suite: SuiteResult, past: Past): Promise<readonly string[]> {
    const { directory, junitFile } = this.#options;
    return writeReports(suite, {
      directory,
      evidence: this.#evidence,
      facts: this.#facts,
      past,
      ...(junitFile === undefined ? {} : { junitFile }),
    });
  }
}

function coverageLines({ legal, reached, ratio, missing }: SwarmCoverage): readonly string[] {
  const share = `${(ratio * 100).toFixed(1)} %`;
  const head = `${reached} of ${legal} pairs of oddity and situation reached (${share})`;
  const shown = missing.slice(0, MISSING_SHOWN).join(", ");
  const rest = missing.length - MISSING_SHOWN;
  if (missing.length === 0) return [head];
  return [head, `not reached: ${shown}${rest > 0 ? `, and ${rest} more (results.json)` : ""}`];
}

/** The name of a run's folder: what names the run, in letters that every file system takes. */
function folderOf({ scenario, mode, seed }: Pick<RunResult, "scenario" | "mode" | "seed">): string {
  const words = [scenario.replaceAll("/", "-").replace(/\]$/, ""), mode, seed];
  return words.map((word) => word.replace(/[^\w.+=-]/g, "_")).join("-");
}

/** The commit that runs, or "unknown" outside a checkout. */
export function commitHash(): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch (error) {
    if (error instanceof Error) return "unknown";
    throw error;
  }
}
