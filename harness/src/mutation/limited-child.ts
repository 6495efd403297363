// A child process with limits that is stopped at the first test that fails. A mutant that spins or
// hoards costs no more than its limits: of processor time, so that a busy machine condemns nobody,
// of wall time, for one that waits for what never comes, and of memory.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const MEMORY_LIMIT_MIB = 1024;
/** In the copy: types are stripped and code is compiled once, not for each mutant. */
const COMPILE_CACHE = ".compile-cache";
/** TAP's word for a failed test, at any depth. */
const FAILED = /^\s*not ok\b.*$/m;

export interface ChildEnd {
  readonly fate: "good" | "failed" | "timeout";
  /** The line of the first failure. */
  readonly failure: string | null;
  readonly stdout: string;
  readonly durationMs: number;
}

export interface ChildOptions {
  readonly cwd: string;
  /** Of processor time, where the system can limit it. */
  readonly processorLimitMs: number;
  readonly wallLimitMs: number;
  readonly env: Readonly<Record<string, string>>;
  /** false: to its end, whatever fails. */
  readonly stopsAtFailure: boolean;
}

/** Runs our Node with these arguments. */
export async function runLimited(
  given: readonly string[],
  { cwd, processorLimitMs, wallLimitMs, env, stopsAtFailure }: ChildOptions,
): Promise<ChildEnd> {
  const startedMs = performance.now();
  const node = [process.execPath, `--max-old-space-size=${MEMORY_LIMIT_MIB}`, ...given];
  const [program = "", ...rest] = limited(node, processorLimitMs);
  const child = spawn(program, rest, {
    cwd,
    env: {
      ...{ ...process.env, NO_COLOR: "1", NODE_COMPILE_CACHE: join(cwd, COMPILE_CACHE) },
      ...env,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let stdout = "";
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, wallLimitMs);
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    if (stopsAtFailure && FAILED.test(stdout)) child.kill("SIGKILL");
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  const failure = FAILED.exec(stdout)?.[0].trim() ?? null;
  const durationMs = performance.now() - startedMs;
  const isSpent = isLate || signal === "SIGXCPU";
  if (isSpent && failure === null) return { fate: "timeout", failure, stdout, durationMs };
  return { fate: code === 0 ? "good" : "failed", failure, stdout, durationMs };
}

/** The shell sets the limit (soft: SIGXCPU tells it from other ends) and becomes the program. */
function limited(command: readonly string[], processorLimitMs: number): readonly string[] {
  if (process.platform === "win32") return command;
  const seconds = Math.ceil(processorLimitMs / 1000);
  return ["/bin/sh", "-c", `ulimit -S -t ${seconds} && exec "$@"`, "sh", ...command];
}
