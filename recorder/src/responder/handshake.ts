// Who may ask the responder for anything: only a host that has shown that it receives what is sent
// to its address. It asks for a token, gets one in an answer no longer than its question, and says
// it back. So nobody can use a responder to send traffic to a third party.  RFC 4987 §3.6 (cookies)
import { createHmac } from "node:crypto";

/** A token is good for this long; in the slot in which it was made, and in the next. */
export const TOKEN_SLOT_MS = 60_000;
/** A host that said its token back is known for this long after its last word. */
export const KNOWN_FOR_MS = 10 * 60_000;
/** Hosts known at once; a further one waits until one is forgotten. */
export const MAXIMUM_KNOWN_HOSTS = 64;
/** Answers to strangers, one in so many milliseconds: 20 a second. */
export const STRANGER_INTERVAL_MS = 50;

const TOKEN_CHARACTERS = 32;

export class Handshake {
  readonly #secret: Uint8Array;
  readonly #knownUntilMs = new Map<string, number>();

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  tokenFor(host: string, nowMs: number): string {
    return this.#token(host, Math.floor(nowMs / TOKEN_SLOT_MS));
  }

  /** True when the token is this host's; from then on the host is known. */
  accept(host: string, token: string, nowMs: number): boolean {
    const slot = Math.floor(nowMs / TOKEN_SLOT_MS);
    const isGood = [slot, slot - 1].some((one) => this.#token(host, one) === token);
    if (!isGood) return false;
    this.#forgetOld(nowMs);
    if (!this.#knownUntilMs.has(host) && this.#knownUntilMs.size >= MAXIMUM_KNOWN_HOSTS) {
      return false;
    }
    this.#knownUntilMs.set(host, nowMs + KNOWN_FOR_MS);
    return true;
  }

  /** Whether the host has said its token back; each word of it keeps it known. */
  isKnown(host: string, nowMs: number): boolean {
    const untilMs = this.#knownUntilMs.get(host);
    if (untilMs === undefined || untilMs <= nowMs) return false;
    this.#knownUntilMs.set(host, nowMs + KNOWN_FOR_MS);
    return true;
  }

  #forgetOld(nowMs: number): void {
    for (const [host, untilMs] of this.#knownUntilMs) {
      if (untilMs <= nowMs) this.#knownUntilMs.delete(host);
    }
  }

  #token(host: string, slot: number): string {
    return createHmac("sha256", this.#secret)
      .update(`${slot} ${host}`)
      .digest("hex")
      .slice(0, TOKEN_CHARACTERS);
  }
}
