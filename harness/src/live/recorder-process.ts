// The recorder as a child process, started exactly as a customer starts it: the command line with a
// configuration file. Killed and stopped by its own pid only.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The command line, as npm installs it. */
export const RECORDER_BIN = fileURLToPath(
  import.meta.resolve("@tapeline/recorder/package.json"),
).replace(/package\.json$/, "bin/tapeline-recorder.js");

/** Longest start until the ready line, and longest stop in order, on a slow and busy machine. */
const START_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 200_000;
/** What is kept of standard error for failure messages. */
const STDERR_LIMIT_CHARACTERS = 8_000;

export interface ReadyLine {
  readonly url: string;
  readonly pid: number;
  /** Of a first start. */
  readonly oneTimeKey?: string;
}

export class RecorderProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #stdout = "";
  #stderr = "";

  /** `environment` is added to this process's own; `command` is the recorder that is meant. */
  constructor(
    configFile: string,
    environment: Readonly<Record<string, string>> = {},
    command: readonly string[] = [process.execPath, RECORDER_BIN],
  ) {
    const [program = "", ...given] = command;
    this.#child = spawn(program, [...given, "start", "--config", configFile, "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    this.#exited = once(this.#child, "exit");
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_LIMIT_CHARACTERS);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stderr(): string {
    return this.#stderr;
  }

  isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with the line that the recorder prints when it is ready. */
  ready(): Promise<ReadyLine> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new Error(`the recorder is not ready: ${this.#stderr}`)),
        START_LIMIT_MS,
      );
      const look = (): void => {
        const line = this.#stdout.split("\n")[0] ?? "";
        if (!this.#stdout.includes("\n")) return;
        clearTimeout(limit);
        resolve(JSON.parse(line) as ReadyLine);
      };
      this.#child.stdout?.on("data", look);
      this.#child.once("exit", (code) => {
        clearTimeout(limit);
        reject(new Error(`the recorder ended with ${code}: ${this.#stderr}`));
      });
      look();
    });
  }

  /** As by kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.isRunning()) this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number> {
    const limit = setTimeout(() => this.#child.kill("SIGKILL"), STOP_LIMIT_MS);
    if (this.isRunning()) this.#child.kill("SIGTERM");
    await this.#exited;
    clearTimeout(limit);
    return this.#child.exitCode ?? -1;
  }

  /** Stops it from running for a while (SIGSTOP), lets it go on (SIGCONT), or reloads (SIGHUP). */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGHUP"): void {
    this.#child.kill(signal);
  }
}

/** Runs another command of the recorder to its end; resolves with its standard output. */
export async function recorderCommand(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [RECORDER_BIN, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`tapeline-recorder ${args.join(" ")} ended with ${code}`);
  return output;
}
