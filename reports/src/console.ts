// Progress and summary of a suite on a console. On a terminal one line is rewritten with counts,
// the scenario that runs and the time gone; elsewhere every run is one plain line. No escape
// sequence unless it is a terminal, no colour with NO_COLOR (https://no-color.org).
import { formatFailure, NO_FACTS } from "./failure.ts";
import type { FailureFacts } from "./failure.ts";
import type { Mode, RunResult, SuiteResult, Verdict } from "./result.ts";
import { speedOf, summarize } from "./summary.ts";
import { formatCount, formatDuration, plural, visibleLine } from "./text.ts";
import { trendSentence } from "./trend.ts";
import type { Trend } from "./trend.ts";

/** Where and how to print. The caller reads terminal, environment and clock; this only prints. */
export interface ConsoleOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** False with NO_COLOR, whatever its value. Without effect when it is no terminal. */
  readonly isColoured: boolean;
  /** Width of the terminal in characters; read anew at each line because windows change. */
  readonly columns: () => number;
  readonly monotonicMs: () => number;
}

type Colour = "red" | "green" | "yellow" | "dim" | "bold";

const CODES: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 };
const MARKS: Readonly<Record<Verdict, readonly [text: string, colour: Colour]>> = {
  pass: ["ok  ", "green"],
  fail: ["FAIL", "red"],
  skip: ["skip", "yellow"],
};
const CLEAR_LINE = "\r\u001b[2K";
const COLUMNS_MIN = 20;
/** Of a run's line. */
const WHY_MAX_CHARACTERS = 160;
/** Newly failing scenarios that are named. */
const BROKEN_MAX = 10;

/** Prints one suite from start to end. */
export class ConsoleReport {
  readonly #options: ConsoleOptions;
  readonly #counts: Record<Verdict, number> = { pass: 0, fail: 0, skip: 0 };
  readonly #running = new Set<string>();
  readonly #failures: (readonly string[])[] = [];
  #total = 0;
  #startedMs = 0;
  #hasStatusLine = false;

  constructor(options: ConsoleOptions) {
    this.#options = options;
  }

  /** Before the first run; `total` is the number of runs to come. */
  start(total: number): void {
    this.#total = total;
    this.#startedMs = this.#options.monotonicMs();
    this.#print(`Tapeline testbed: ${plural(total, "run")}`);
    this.#status();
  }

  /** A run begins; several may be under way. */
  onRunStart(run: Pick<RunResult, "scenario" | "mode">): void {
    this.#running.add(runName(run));
    this.#status();
  }

  /** A run is over. `facts` are shown when it failed. */
  onRunEnd(run: RunResult, facts: FailureFacts = NO_FACTS): void {
    this.#running.delete(runName(run));
    this.#counts[run.verdict] += 1;
    if (run.verdict === "fail") this.#failures.push(formatFailure(run, facts));
    const isWorthALine = !this.#options.isTerminal || run.verdict !== "pass";
    if (isWorthALine) this.#print(this.#runLine(run));
    this.#status();
  }

  /** Draws the line anew, so that the time goes on while a long run says nothing. */
  tick(): void {
    this.#status();
  }

  /** A line of somebody else between ours. */
  note(text: string): void {
    this.#print(visibleLine(text));
    this.#status();
  }

  /** The summary: failures, figures per mode, trend, verdict; then where the reports are. */
  close(suite: SuiteResult, reportPaths: readonly string[] = [], trend: Trend | null = null): void {
    this.#clearStatus();
    for (const failure of this.#failures) this.#printFailure(failure);
    this.#print("");
    for (const row of summarize(suite.runs)) {
      const speed = row.mode === "virtual" ? speedOf(row) : null;
      const parts = [
        this.#paint(`${row.passed} passed`, row.passed > 0 ? "green" : "dim"),
        this.#paint(`${row.failed} failed`, row.failed > 0 ? "red" : "dim"),
        this.#paint(`${row.skipped} skipped`, row.skipped > 0 ? "yellow" : "dim"),
        `${plural(row.recordings, "recording")}, ${formatDuration(row.audioMs)} of audio`,
        `in ${formatDuration(row.wallMs)}`,
        ...(speed === null ? [] : [`${formatCount(speed)} × real time`]),
      ];
      this.#print(`${row.mode.padEnd(7)}  ${parts.join(" · ")}`);
    }
    if (trend !== null) this.#printTrend(trend);
    this.#print(this.#verdictLine(suite));
    for (const path of reportPaths) this.#print(`report   ${path}`);
  }

  #printTrend(trend: Trend): void {
    const since = trend.before.startedAt.replace(/\.\d+Z$/, "Z");
    this.#print(`trend    ${trendSentence(trend)}, against ${visibleLine(since)}`);
    for (const name of trend.broken.slice(0, BROKEN_MAX)) {
      this.#print(this.#paint(`         newly failing: ${visibleLine(name)}`, "red"));
    }
  }

  #verdictLine(suite: SuiteResult): string {
    const elapsed = formatDuration(this.#options.monotonicMs() - this.#startedMs);
    if (suite.summary.failed > 0) {
      const failed = `${plural(suite.summary.failed, "run")} FAILED`;
      return this.#paint(`verdict  ${failed}, ${elapsed}`, "red");
    }
    if (suite.summary.passed === 0) {
      return this.#paint(`verdict  nothing passed, nothing failed, ${elapsed}`, "yellow");
    }
    return this.#paint(`verdict  all passed, ${elapsed}`, "green");
  }

  #runLine(run: RunResult): string {
    const [text, colour] = MARKS[run.verdict];
    const why = run.verdict === "pass" || run.why === null ? "" : `  ${shortened(run.why)}`;
    const done = this.#counts.pass + this.#counts.fail + this.#counts.skip;
    const position = `[${String(done).padStart(String(this.#total).length)}/${this.#total}]`;
    const name = runName(run).padEnd(42);
    return `${position} ${this.#paint(text, colour)} ${name} ${formatDuration(run.wallMs)}${why}`;
  }

  #printFailure(lines: readonly string[]): void {
    this.#print("");
    lines.forEach((line, index) => {
      this.#print(index === 0 ? this.#paint(`FAILED ${line}`, "red") : line);
    });
  }

  #status(): void {
    if (!this.#options.isTerminal) return;
    const { pass, fail, skip } = this.#counts;
    const elapsed = formatDuration(this.#options.monotonicMs() - this.#startedMs);
    const counts = `${pass} passed, ${fail} failed, ${skip} skipped of ${this.#total}`;
    const running = [...this.#running].join(", ");
    const line = `${elapsed} · ${counts}${running === "" ? "" : ` · ${running}`}`;
    const width = Math.max(COLUMNS_MIN, this.#options.columns()) - 1;
    const fitted = line.length > width ? `${line.slice(0, width - 1)}…` : line;
    this.#options.write(`${CLEAR_LINE}${fitted}`);
    this.#hasStatusLine = true;
  }

  #clearStatus(): void {
    if (this.#hasStatusLine) this.#options.write(CLEAR_LINE);
    this.#hasStatusLine = false;
  }

  #print(line: string): void {
    this.#clearStatus();
    this.#options.write(`${line}\n`);
  }

  #paint(text: string, colour: Colour): string {
    const isPainted = this.#options.isTerminal && this.#options.isColoured;
    return isPainted ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  }
}

/** The whole of it stands at the end. */
function shortened(why: string): string {
  const line = visibleLine(why);
  return line.length > WHY_MAX_CHARACTERS ? `${line.slice(0, WHY_MAX_CHARACTERS - 1)}…` : line;
}

function runName(run: { readonly scenario: string; readonly mode: Mode }): string {
  return `${run.scenario} (${run.mode})`;
}
