// `npx testbed …` as a child process, the way a user starts and stops it: npx gets the signal, and
// what it started must end too. For tests that fail it has a process group of its own, to be ended
// as a whole, and nothing else.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { REPOSITORY, until } from "./live-fixture.ts";

export interface TestbedProcess {
  /** The first line of standard output, parsed. */
  readonly firstLine: unknown;
  readonly stdout: () => string;
  /** SIGTERM to npx; resolves when all that it started has ended. */
  stop(): Promise<void>;
}

/** Resolves once the first line has come; ends with the test. */
export async function startTestbed(
  context: TestContext | { readonly after: (hook: () => Promise<void>) => void },
  given: readonly string[],
): Promise<TestbedProcess> {
  const child = spawn("npx", ["testbed", ...given], {
    cwd: REPOSITORY,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece: Buffer) => {
    stdout += piece.toString();
  });
  child.stderr.on("data", (piece: Buffer) => {
    stderr += piece.toString();
  });
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });
  context.after(async () => {
    if (!isClosed) endGroup(child);
    await closed;
  });
  await until("the first line of `npx testbed`", () => {
    if (child.exitCode !== null) throw new Error(`testbed ended with ${child.exitCode}: ${stderr}`);
    return stdout.includes("\n");
  });
  return { firstLine: JSON.parse(stdout.split("\n")[0] ?? ""), stdout: () => stdout, stop };

  async function stop(): Promise<void> {
    child.kill("SIGTERM");
    // Standard output closes with the last process that has it.
    await until("all of `npx testbed` has ended", () => isClosed);
  }
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
