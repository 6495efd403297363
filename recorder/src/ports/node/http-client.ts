// Real outgoing HTTP over the runtime's own fetch.
import { systemCode } from "../../errors.ts";
import type { HttpClient } from "../http-client.ts";

/** Of an answer's body so many bytes are read, so that the connection can serve again. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

/** HTTP and HTTPS by fetch; one for the whole process. */
export function nodeHttpClient(): HttpClient {
  const underWay = new Set<AbortController>();
  return {
    async send({ method, url, headers, body, timeoutMs }) {
      const abort = new AbortController();
      underWay.add(abort);
      const timer = setTimeout(() => abort.abort(failure("ETIMEDOUT", "no answer")), timeoutMs);
      try {
        const { signal } = abort;
        const init = { method, headers, body, signal, redirect: "manual" } as const;
        const answer = await fetch(url, init);
        await drain(answer);
        return { status: answer.status };
      } catch (error) {
        throw coded(abort.signal.aborted ? abort.signal.reason : error);
      } finally {
        clearTimeout(timer);
        underWay.delete(abort);
      }
    },
    async close() {
      for (const abort of underWay) abort.abort(failure("ECANCELED", "the recorder stops"));
    },
  };
}

async function drain(answer: Response): Promise<void> {
  let bytes = 0;
  for await (const piece of answer.body ?? []) {
    bytes += piece.length;
    if (bytes > ANSWER_LIMIT_BYTES) return;
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** fetch hides the system's error in `cause`. */
function coded(error: unknown): Error {
  if (systemCode(error) !== null && error instanceof Error) return error;
  const cause = error instanceof Error ? error.cause : null;
  const message = error instanceof Error ? error.message : String(error);
  return failure(systemCode(cause) ?? "HTTP_FAILED", message);
}
