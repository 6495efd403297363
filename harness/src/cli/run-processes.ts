// The worker processes of `testbed run --jobs`: one job each at a time. A process that dies takes
// its run with it, which then has failed, and is replaced.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { lostRun, type RunOutcome } from "../run-scenario.ts";
import type { RunJob } from "./run-job.ts";
import type { PlannedRun } from "./suite-runner.ts";

const WORKER = fileURLToPath(new URL("./run-worker.ts", import.meta.url));
/** What is kept of a process's standard error for failure messages. */
const STDERR_LIMIT_CHARACTERS = 4_000;

interface Worker {
  readonly child: ChildProcess;
  stderr: string;
}

export class RunProcess {
  #worker: Worker | null = null;

  /** Resolves when the job is done, or its process gone. */
  async run(job: RunJob, planned: PlannedRun): Promise<RunOutcome> {
    const startedMs = performance.now();
    const worker = (this.#worker ??= start());
    const { child } = worker;
    const stop = new AbortController();
    const { signal } = stop;
    const answered = once(child, "message", { signal }) as Promise<[RunOutcome]>;
    const ended = once(child, "exit", { signal }) as Promise<[number | null, string | null]>;
    child.send(job);
    try {
      const [first] = await Promise.race([answered, ended]);
      if (typeof first === "object" && first !== null) return first;
      this.#worker = null;
      const why = `the process of this run ended with ${first ?? child.signalCode}: ${worker.stderr}`;
      return lostRun(planned, why, performance.now() - startedMs);
    } finally {
      stop.abort();
      for (const left of [answered, ended]) left.catch(() => undefined);
    }
  }

  /** Ends the process; it must be idle. */
  close(): void {
    if (this.#worker?.child.connected === true) this.#worker.child.disconnect();
    this.#worker = null;
  }
}

function start(): Worker {
  const child = fork(WORKER, {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const worker: Worker = { child, stderr: "" };
  child.stderr?.on("data", (chunk: Buffer) => {
    worker.stderr = (worker.stderr + chunk.toString()).slice(-STDERR_LIMIT_CHARACTERS);
  });
  return worker;
}
