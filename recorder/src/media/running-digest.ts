// SHA-256 of a recording's audio while it grows. A call of the hash costs more than the 250 ms of
// audio that it gets, so bytes are gathered first (design.md §9). Stage without I/O.
import { createHash } from "node:crypto";

/** One second of audio. */
export const DIGEST_BATCH_BYTES = 8192;

export class RunningDigest {
  readonly #hash = createHash("sha256");
  readonly #batch = new Uint8Array(DIGEST_BATCH_BYTES);
  #usedBytes = 0;

  update(bytes: Uint8Array): void {
    if (this.#usedBytes + bytes.length > DIGEST_BATCH_BYTES) this.#flush();
    if (bytes.length > DIGEST_BATCH_BYTES) {
      this.#hash.update(bytes);
      return;
    }
    this.#batch.set(bytes, this.#usedBytes);
    this.#usedBytes += bytes.length;
  }

  /** Hexadecimal; nothing may follow. */
  finish(): string {
    this.#flush();
    return this.#hash.digest("hex");
  }

  #flush(): void {
    if (this.#usedBytes === 0) return;
    this.#hash.update(this.#batch.subarray(0, this.#usedBytes));
    this.#usedBytes = 0;
  }
}
