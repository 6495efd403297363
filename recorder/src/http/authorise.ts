// Who asks: an API key as bearer token, or a browser's session; whether it may, and how often
// (design.md §5, "Access"). A session's cookie comes only with pages of our own: the Origin is
// checked wherever a browser sends one, and must be there where something is changed or heard.
import type { FastifyRequest } from "fastify";
import { hasRole, rolesFrom } from "./access.ts";
import type { RecorderApi } from "./api.ts";
import { audit } from "./audit-trail.ts";
import type { ApiKey, ApiKeys, Role } from "./keys.ts";
import { RateLimit } from "./rate-limit.ts";
import { refuse, type Asker, type JsonAnswer } from "./route.ts";
import { sessionTokenIn, type BrowserSessions } from "./sessions.ts";

/** Requests with a wrong key, or with none, from one address. */
export const FAILURES_PER_MINUTE = 120;

export type Admission =
  | { readonly ok: true; readonly asker: Asker }
  | { readonly ok: false; readonly answer: JsonAnswer };

export class Gate {
  readonly #api: RecorderApi;
  readonly #keys: ApiKeys;
  readonly #sessions: BrowserSessions;
  readonly #requests: RateLimit;
  readonly #failures: RateLimit;

  constructor(api: RecorderApi, keys: ApiKeys, sessions: BrowserSessions) {
    this.#api = api;
    this.#keys = keys;
    this.#sessions = sessions;
    this.#requests = new RateLimit(api.settings.requestsPerMinute, api.clock);
    this.#failures = new RateLimit(FAILURES_PER_MINUTE, api.clock);
  }

  async admit(request: FastifyRequest, needed: Role): Promise<Admission> {
    const found = await this.#identify(request);
    if (found === null) return { ok: false, answer: this.#unknown(request.ip) };
    const { key } = found;
    const waitSeconds = this.#requests.take(key.id);
    if (waitSeconds !== null) return { ok: false, answer: this.tooMany(waitSeconds) };
    if (found.via === "console" && !isOwnPage(request)) {
      return { ok: false, answer: FOREIGN_PAGE };
    }
    const asker: Asker = { key, via: found.via, from: request.ip };
    if (hasRole(key.role, needed)) return { ok: true, asker };
    const target = `${request.method} ${request.url.split("?", 1)[0] ?? ""}`;
    await audit(this.#api, asker, { action: "refused", target, result: "forbidden" });
    return { ok: false, answer: forbidden(needed) };
  }

  /** A key shown to begin a session; null when it is none. Counts failures. */
  async knock(token: string, from: string): Promise<ApiKey | JsonAnswer> {
    const key = await this.#keys.findOrLoad(token);
    return key !== null && (await this.#keys.useUp(key)) ? key : this.#unknown(from);
  }

  async #identify(
    request: FastifyRequest,
  ): Promise<{ readonly key: ApiKey; readonly via: Asker["via"] } | null> {
    const { authorization, cookie } = request.headers;
    if (authorization !== undefined) {
      const token = /^Bearer (\S{1,200})$/i.exec(authorization)?.[1];
      const key = token === undefined ? null : await this.#keys.findOrLoad(token);
      return key === null ? null : { key, via: "api" };
    }
    const token = sessionTokenIn(cookie);
    const keyId = token === null ? null : this.#sessions.keyIdOf(token);
    const key = keyId === null ? null : await this.#keys.findByIdOrLoad(keyId);
    return key === null ? null : { key, via: "console" };
  }

  #unknown(from: string): JsonAnswer {
    this.#api.metrics.increment("http_requests_unauthorised_total");
    const waitSeconds = this.#failures.take(from);
    return waitSeconds === null ? UNAUTHORISED : this.tooMany(waitSeconds);
  }

  tooMany(waitSeconds: number): JsonAnswer {
    this.#api.metrics.increment("http_requests_limited_total");
    const remedy = `Wait ${waitSeconds} s, then ask less often (http.requestsPerMinute).`;
    return refuse(
      429,
      { code: "too-many-requests", path: "authorization", remedy },
      { "retry-after": String(waitSeconds) },
    );
  }
}

const UNAUTHORISED = refuse(
  401,
  {
    code: "unauthorised",
    path: "authorization",
    remedy: "Send Authorization: Bearer KEY; `tapeline-recorder key create` makes one.",
  },
  { "www-authenticate": 'Bearer realm="tapeline"' },
);

const FOREIGN_PAGE = refuse(403, {
  code: "foreign-origin",
  path: "origin",
  remedy: "Use the recorder's own pages; programs send Authorization: Bearer KEY.",
});

function forbidden(needed: Role): JsonAnswer {
  return refuse(403, {
    code: "forbidden",
    path: "authorization",
    remedy: `Use a key with one of the roles ${rolesFrom(needed).join(", ")}.`,
  });
}

/** Whether a request with a session comes from a page that this recorder served. */
function isOwnPage(request: Pick<FastifyRequest, "method" | "headers">): boolean {
  const { origin, host, upgrade } = request.headers;
  if (origin !== undefined) return hostOf(origin) === host?.toLowerCase();
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  // Browsers leave the Origin out of their own GETs only.
  return request.method === "GET" && upgrade === undefined;
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
