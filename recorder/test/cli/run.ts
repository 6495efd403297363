// The command line as users run it: a process of its own, with what it wrote and its exit code.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/tapeline-recorder.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandLine {
  readonly ended: Promise<Finished>;
  readonly #child;
  #stdout = "";
  #stderr = "";

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [BIN, ...args], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout.on("data", (data: Buffer) => (this.#stdout += data.toString()));
    this.#child.stderr.on("data", (data: Buffer) => (this.#stderr += data.toString()));
    this.ended = once(this.#child, "close").then(([code]: (number | null)[]) => ({
      code: code ?? null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** What stands on standard output once it matches. Fails when the process ends before. */
  async output(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#stdout)) {
      await Promise.race([once(this.#child.stdout, "data"), this.ended]);
      if (this.#child.exitCode !== null) assert.match(this.#stdout, pattern, this.#stderr);
    }
    return this.#stdout;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

export function run(...args: readonly string[]): Promise<Finished> {
  return new CommandLine(args).ended;
}

export async function temporaryDirectory(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tapeline-cli-"));
  context.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** An even UDP port that nobody has now. */
async function freePort(): Promise<number> {
  for (;;) {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    socket.close();
    await once(socket, "close");
    if (port % 2 === 0) return port;
  }
}

/** A configuration on loopback with free ports, as YAML, which JSON is. Returns its path. */
export async function configuration(
  context: TestContext,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly file: string; readonly directory: string }> {
  const directory = await temporaryDirectory(context);
  const file = join(directory, "recorder.yaml");
  const value = {
    recorder: { address: "127.0.0.1" },
    sip: { port: await freePort(), allow: ["127.0.0.1"] },
    rtp: { port: await freePort() },
    http: { port: 0 },
    simulation: { allowLoopback: true },
    ...changes,
  };
  await writeFile(file, JSON.stringify(value));
  return { file, directory };
}
