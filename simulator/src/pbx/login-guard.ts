// Decides whether a login succeeds: password, lock-out after failures (counted across
// connections), licences, number of connections. devlink3.md §5 and §11.
import { createHash } from "node:crypto";
import { RESULT } from "../wire/devlink3-packet.ts";
import type { SiteDevLink3 } from "./site.ts";

/** Failures older than this no longer count. */
const FAILURE_WINDOW_MS = 600_000;
/** SHA1 sees this much of a password; the cut is by byte and may split a character. */
const DIGEST_PASSWORD_BYTES = 16;
const PLAIN_PASSWORD_BYTES = 32;

/** What a client gave as proof: the digest of the challenge, or the password's bytes. */
export type Proof =
  | { readonly kind: "sha1"; readonly challenge: Uint8Array; readonly digest: Uint8Array }
  | { readonly kind: "plain"; readonly password: Uint8Array };

/** SHA-1 over the challenge and the password's first 16 bytes, padded with zeros. */
function passwordDigest(challenge: Uint8Array, password: string): Uint8Array {
  const padded = new Uint8Array(DIGEST_PASSWORD_BYTES);
  padded.set(new TextEncoder().encode(password).subarray(0, DIGEST_PASSWORD_BYTES));
  return createHash("sha1").update(challenge).update(padded).digest();
}

export class LoginGuard {
  readonly #settings: SiteDevLink3;
  readonly #nowMs: () => number;
  #failuresMs: number[] = [];
  #lockedUntilMs: number | null = null;

  constructor(settings: SiteDevLink3, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  get isLocked(): boolean {
    return this.#lockedUntilMs !== null && this.#nowMs() < this.#lockedUntilMs;
  }

  /** The result for a login; `connections` are those already logged in. */
  judge(user: string, proof: Proof, connections: number): number {
    const settings = this.#settings;
    // A locked account refuses the right password too, with the same number.
    if (this.isLocked) return RESULT.authenticationFailed;
    if (user !== settings.user || !this.#isRight(proof)) {
      if (user === settings.user) this.#fail();
      return RESULT.authenticationFailed;
    }
    this.#failuresMs = [];
    if (settings.licences === 0) return RESULT.licenceMissing;
    if (connections >= settings.maximumConnections) return RESULT.limitsExceeded;
    return RESULT.success;
  }

  #isRight(proof: Proof): boolean {
    const { password } = this.#settings;
    if (proof.kind === "sha1") {
      return Buffer.from(proof.digest).equals(passwordDigest(proof.challenge, password));
    }
    const wanted = new TextEncoder().encode(password).subarray(0, PLAIN_PASSWORD_BYTES);
    return Buffer.from(proof.password).equals(wanted);
  }

  #fail(): void {
    const { lockAfterFailures, lockSeconds } = this.#settings;
    const nowMs = this.#nowMs();
    this.#failuresMs = this.#failuresMs.filter((atMs) => nowMs - atMs < FAILURE_WINDOW_MS);
    this.#failuresMs.push(nowMs);
    if (lockAfterFailures === 0 || this.#failuresMs.length < lockAfterFailures) return;
    this.#lockedUntilMs = lockSeconds === null ? Infinity : nowMs + lockSeconds * 1000;
    this.#failuresMs = [];
  }
}
