// A child process of the bench that answers requests one by one: its work disturbs nobody else's
// pacing, and its CPU time can be read by its pid. Both sides of the channel are here.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

interface Question {
  readonly id: number;
  readonly request: unknown;
}

type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The asking side: owns the process. */
export class BenchChild<Request> {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(program: URL) {
    this.#child = fork(fileURLToPath(program), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", (answer: Answer) => this.#settle(answer));
    this.#child.on("exit", (code) => this.#ended(`a process of the bench ended with ${code}`));
    this.#child.on("error", (error) => this.#ended(error.message));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Rejects with the child's words when it fails, and when the child is gone. */
  ask(request: Request): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ id, request }, (error) => {
        if (error !== null) this.#ended(error.message);
      });
    });
  }

  /** Ends the process, if it still runs, and waits for that. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ("error" in answer) pending?.reject(new Error(answer.error));
    else pending?.resolve(answer.value);
  }

  #ended(why: string): void {
    for (const { reject } of this.#pending.values()) reject(new Error(why));
    this.#pending.clear();
  }
}

/** The answering side. The process ends with its parent. */
export function answerParent(work: (request: unknown) => Promise<unknown>): void {
  const answer = async ({ id, request }: Question): Promise<void> => {
    let reply: Answer;
    try {
      reply = { id, value: await work(request) };
    } catch (error) {
      reply = { id, error: error instanceof Error ? error.message : String(error) };
    }
    process.send?.(reply);
  };
  process.on("message", (question: Question) => void answer(question));
  process.once("disconnect", () => process.exit());
}
