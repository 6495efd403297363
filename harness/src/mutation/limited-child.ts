// A child process with a limit of time and memory that is stopped at the first test that fails, so
// that a mutant that spins or hoards costs no more than that.
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
  readonly limitMs: number;
  readonly env: Readonly<Record<string, string>>;
  /** false: to its end, whatever fails. */
  readonly stopsAtFailure: boolean;
}

/** Runs our Node with these arguments. */
export async function runLimited(
  given: readonly string[],
  { cwd, limitMs, env, stopsAtFailure }: ChildOptions,
): Promise<ChildEnd> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [`--max-old-space-size=${MEMORY_LIMIT_MIB}`, ...given], {
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
  }, limitMs);
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    if (stopsAtFailure && FAILED.test(stdout)) child.kill("SIGKILL");
  });
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  const failure = FAILED.exec(stdout)?.[0].trim() ?? null;
  const durationMs = performance.now() - startedMs;
  if (isLate && failure === null) return { fate: "timeout", failure, stdout, durationMs };
  return { fate: code === 0 ? "good" : "failed", failure, stdout, durationMs };
}
