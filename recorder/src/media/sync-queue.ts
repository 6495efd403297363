// fdatasync for many recordings without starving their writes: a few at a time, in order. The
// process has four threads for file calls, and a sync holds one for as long as the disk likes.

/** Syncs under way at once. */
export const SYNCS_AT_ONCE = 2;

export class SyncQueue {
  readonly #waiting = new Set<() => Promise<unknown>>();
  #active = 0;

  /** `sync` must not reject. */
  push(sync: () => Promise<unknown>): void {
    this.#waiting.add(sync);
    this.#next();
  }

  clear(): void {
    this.#waiting.clear();
  }

  #next(): void {
    if (this.#active >= SYNCS_AT_ONCE) return;
    const [sync] = this.#waiting;
    if (sync === undefined) return;
    this.#waiting.delete(sync);
    this.#active += 1;
    void sync().then(() => {
      this.#active -= 1;
      this.#next();
    });
  }
}
