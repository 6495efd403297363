// The steps of `npm test`, run one after the other with their output live. A failed step does not
// stop the others: one run shows everything that is wrong; the failed ones are named at the end.
import { spawn } from "node:child_process";

/** One step: a command, or a function that says whether it went well. */
export interface Step {
  readonly name: string;
  /** What it proves, for the heading. */
  readonly title: string;
  readonly run: () => Promise<boolean>;
}

/** Where steps are announced, and the clock for their durations. */
export interface StepReport {
  readonly print: (line: string) => void;
  readonly monotonicMs: () => number;
}

/** Runs the steps; resolves with the names of those that failed. */
export async function runSteps(
  steps: readonly Step[],
  report: StepReport,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const [index, step] of steps.entries()) {
    report.print(`\n▶ ${index + 1}/${steps.length} ${step.name}: ${step.title}`);
    const startedMs = report.monotonicMs();
    const isGood = await step.run();
    const seconds = ((report.monotonicMs() - startedMs) / 1_000).toFixed(1);
    report.print(`${isGood ? "✔" : "✖"} ${step.name} (${seconds} s)`);
    if (!isGood) failed.push(step.name);
  }
  return failed;
}

/** The steps with these names; without names all. A name that is none comes back as `unknown`. */
export function chooseSteps(
  steps: readonly Step[],
  names: readonly string[],
): { readonly chosen: readonly Step[]; readonly unknown: readonly string[] } {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  const chosen = names.length === 0 ? steps : steps.filter((step) => names.includes(step.name));
  return { chosen, unknown };
}

/** Runs a program with our own input and output; true when it exits 0. */
export function runProgram(
  program: string,
  given: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [...given], { ...options, stdio: "inherit" });
    child.once("error", (problem) => {
      process.stderr.write(`${program}: ${problem.message}\n`);
      resolve(false);
    });
    child.once("exit", (exitCode) => resolve(exitCode === 0));
  });
}
