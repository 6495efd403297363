// Requests and answers over a message channel (worker thread or child process): numbers the
// requests, matches the answers, and rejects what is pending when the other side is gone.
// Errors cross as plain data, because a system error's `code` would not survive cloning.
import { systemCode } from "../../errors.ts";

/** An error as it crosses the channel. */
export interface ErrorData {
  readonly code: string | null;
  readonly message: string;
}

export interface RequestMessage<Request> {
  readonly id: number;
  readonly request: Request;
}

export type AnswerMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ErrorData };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The asking side. */
export class RequestChannel<Request> {
  readonly #pending = new Map<number, Pending>();
  readonly #post: (message: RequestMessage<Request>) => void;
  #nextId = 1;

  constructor(post: (message: RequestMessage<Request>) => void) {
    this.#post = post;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  ask(request: Request): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#post({ id, request });
    });
  }

  /** Takes an answer; one that nobody waits for is ignored. */
  settle(answer: AnswerMessage): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    if ("error" in answer) pending.reject(errorFrom(answer.error));
    else pending.resolve(answer.value);
  }

  /** The other side is gone. */
  rejectAll(error: Error): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all) pending.reject(error);
  }
}

/** The answering side's one line: does the work and makes the answer of its result. */
export async function answerTo<Request>(
  message: RequestMessage<Request>,
  work: (request: Request) => unknown,
): Promise<AnswerMessage> {
  try {
    return { id: message.id, value: await work(message.request) };
  } catch (error) {
    return { id: message.id, error: errorData(error) };
  }
}

/** What of an error can cross a channel. */
function errorData(error: unknown): ErrorData {
  return {
    code: systemCode(error),
    message: error instanceof Error ? error.message : String(error),
  };
}

/** An Error with `code`, made of what crossed. */
function errorFrom(data: ErrorData): Error {
  const error = new Error(data.message);
  return data.code === null ? error : Object.assign(error, { code: data.code });
}

/** The file beside `moduleUrl`, with its extension: `.ts` in the checkout, `.js` in a release. */
export function siblingUrl(name: string, moduleUrl: string): URL {
  const extension = moduleUrl.endsWith(".ts") ? ".ts" : ".js";
  return new URL(`./${name}${extension}`, moduleUrl);
}
