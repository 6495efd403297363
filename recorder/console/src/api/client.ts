// Asks the recorder's API: JSON both ways, a session cookie instead of a key, and every refusal as
// a Problem with its remedy. Nothing here knows a page.
import { signal } from "@preact/signals";
import type { Problem, Session } from "./types.ts";

/** Longer than the recorder ever needs; a network that swallows requests must not block a page. */
const REQUEST_LIMIT_MS = 30_000;

/** Who is signed in; undefined until the recorder was asked. */
export const session = signal<Session | null | undefined>(undefined);

/** A refusal of the recorder, or no answer at all (status 0). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly path: string;
  readonly remedy: string;

  constructor(status: number, { code, path, remedy }: Problem) {
    super(remedy);
    this.status = status;
    this.code = code;
    this.path = path;
    this.remedy = remedy;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** "/api/v1/recordings?agent=Ann": parameters without a value are left out. */
export function addressOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const texts = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  const text = new URLSearchParams(texts).toString();
  return text === "" ? path : `${path}?${text}`;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
    ask<T>("GET", addressOf(path, query), { signal }),
  post: <T>(path: string, body?: unknown): Promise<T> => ask<T>("POST", path, { body }),
  put: <T>(path: string, body?: unknown): Promise<T> => ask<T>("PUT", path, { body }),
  delete: <T>(path: string, query?: Query): Promise<T> => ask<T>("DELETE", addressOf(path, query)),
};

interface Asked {
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

async function ask<T>(method: string, address: string, given: Asked = {}): Promise<T> {
  const limit = AbortSignal.timeout(REQUEST_LIMIT_MS);
  const { body, signal: outer } = given;
  // Also when it goes away in the middle of an answer: half an answer is none.
  const failed = (error: unknown): never => {
    throw outer?.aborted === true ? error : unreachable(address);
  };
  const response = await fetch(address, {
    method,
    credentials: "same-origin",
    signal: outer === undefined ? limit : AbortSignal.any([limit, outer]),
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  }).catch(failed);
  const answer = parsed(await response.text().catch(failed));
  if (response.ok) return answer as T;
  // A session that ended while the page was open: the application asks for a key again.
  if (response.status === 401 && session.value) session.value = null;
  throw new ApiProblem(response.status, problemIn(answer, response, address));
}

/** Null for what is no JSON: an empty answer, or a page of a proxy in between. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unreachable(address: string): ApiProblem {
  return new ApiProblem(0, {
    code: "unreachable",
    path: address,
    remedy: "The recorder does not answer. Check the network and that the recorder runs.",
  });
}

function problemIn(answer: unknown, response: Response, address: string): Problem {
  if (typeof answer === "object" && answer !== null && "error" in answer) {
    return answer.error as Problem;
  }
  const remedy = `The recorder answered ${response.status}. Try again; see library.log.`;
  return { code: "unexpected-answer", path: address, remedy };
}
