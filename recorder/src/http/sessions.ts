// Browser sessions: who has shown a key once goes on with a cookie, HttpOnly and SameSite=Strict,
// so that no key ever stands in a URL or in a page's script (design.md §5, "Access"; RFC 6265bis).
// Kept in memory: after a restart people show their key again.
import { createHash } from "node:crypto";
import type { Clock, Random } from "../ports/index.ts";

export const SESSION_COOKIE = "tapeline_session";
const TOKEN_BYTES = 32;
/** Longest session, and longest pause within one. */
export const SESSION_LIMIT_MS = 12 * 3_600_000;
export const SESSION_IDLE_MS = 2 * 3_600_000;
/** Beyond it the oldest session ends. */
export const MAXIMUM_SESSIONS = 1_000;

interface Session {
  readonly keyId: string;
  readonly beganMs: number;
  usedMs: number;
}

export class BrowserSessions {
  readonly #clock: Clock;
  readonly #random: Random;
  /** By the hash of the token, oldest first. */
  readonly #sessions = new Map<string, Session>();

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = ports.clock;
    this.#random = ports.random;
  }

  /** The cookie's value of a new session. */
  begin(keyId: string): string {
    const token = Buffer.from(this.#random.bytes(TOKEN_BYTES)).toString("base64url");
    const nowMs = this.#clock.nowMs();
    this.#sessions.set(hashOf(token), { keyId, beganMs: nowMs, usedMs: nowMs });
    if (this.#sessions.size > MAXIMUM_SESSIONS) {
      const [oldest] = this.#sessions.keys();
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    return token;
  }

  /** Id of the key that the session began with; null when it is over or never was. */
  keyIdOf(token: string): string | null {
    const hash = hashOf(token);
    const session = this.#sessions.get(hash);
    if (session === undefined) return null;
    const nowMs = this.#clock.nowMs();
    const isOver =
      nowMs - session.beganMs >= SESSION_LIMIT_MS || nowMs - session.usedMs >= SESSION_IDLE_MS;
    if (isOver) {
      this.#sessions.delete(hash);
      return null;
    }
    session.usedMs = nowMs;
    return session.keyId;
  }

  end(token: string): void {
    this.#sessions.delete(hashOf(token));
  }
}

/** The session's token in a Cookie header, or null. */
export function sessionTokenIn(cookies: string | undefined): string | null {
  for (const pair of (cookies ?? "").split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === SESSION_COOKIE && value !== undefined && value !== "") return value;
  }
  return null;
}

/** The Set-Cookie header that begins a session, or (with an empty token) ends it. */
export function sessionCookie(token: string, isSecure: boolean): string {
  const age = token === "" ? 0 : SESSION_LIMIT_MS / 1_000;
  const parts = [`${SESSION_COOKIE}=${token}`, "Path=/", "HttpOnly", "SameSite=Strict"];
  return [...parts, `Max-Age=${age}`, ...(isSecure ? ["Secure"] : [])].join("; ");
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
