// Storage whose pools can change while calls go on: a reload closes the service that stands behind
// it and makes one with the new options. What comes meanwhile waits here, and what was handed over
// and is not stored yet goes to the new one; the live pairs are there until a pool has them.
import type { CatalogRow } from "../ports/index.ts";
import type { Deed } from "./storage-admin.ts";
import type { FinishedRecording, Storage, StorageDelegate } from "./storage-service.ts";

export class ReloadableStorage<Options> implements Storage {
  readonly #make: (options: Options, delegate: StorageDelegate) => Storage;
  readonly #delegate: StorageDelegate;
  /** Handed over and not stored yet. */
  readonly #unstored = new Map<string, FinishedRecording>();
  #current: Storage;
  /** Between two services: what comes stays in `#unstored`. */
  #isChanging = false;
  #isClosed = false;

  constructor(
    options: Options,
    delegate: StorageDelegate,
    make: (options: Options, delegate: StorageDelegate) => Storage,
  ) {
    this.#make = make;
    this.#delegate = {
      ...delegate,
      onStored: (row) => {
        this.#unstored.delete(row.recordingKey);
        return delegate.onStored(row);
      },
    };
    this.#current = make(options, this.#delegate);
  }

  /** Goes over to other options; `begin` follows. False when it was closed meanwhile. */
  async change(options: Options): Promise<boolean> {
    this.#isChanging = true;
    await this.#current.close();
    if (this.#isClosed) return false;
    this.#current = this.#make(options, this.#delegate);
    this.#isChanging = false;
    for (const recording of this.#unstored.values()) this.#current.store(recording);
    return true;
  }

  start(): Promise<void> {
    return this.#current.start();
  }

  begin(onKnown: (row: CatalogRow) => Promise<void>): Promise<void> {
    return this.#current.begin(onKnown);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#current.close();
  }

  store(recording: FinishedRecording): void {
    this.#unstored.set(recording.recordingKey, recording);
    if (!this.#isChanging) this.#current.store(recording);
  }

  pending(): number {
    return this.#isChanging ? this.#unstored.size : this.#current.pending();
  }

  unstored(): readonly CatalogRow[] {
    if (!this.#isChanging) return this.#current.unstored();
    return [...this.#unstored.values()].map(({ row }) => row);
  }

  committed(recordingKey: string) {
    return this.#current.committed(recordingKey);
  }

  drives() {
    return this.#current.drives();
  }

  hold(recordingKey: string, deed: Deed) {
    return this.#current.hold(recordingKey, deed);
  }

  releaseHold(recordingKey: string, deed: Deed) {
    return this.#current.releaseHold(recordingKey, deed);
  }

  holdOf(recordingKey: string) {
    return this.#current.holdOf(recordingKey);
  }

  async erase(recordingKey: string, deed: Deed) {
    const answer = await this.#current.erase(recordingKey, deed);
    if (answer.ok) this.#unstored.delete(recordingKey);
    return answer;
  }

  verify(recordingKey: string) {
    return this.#current.verify(recordingKey);
  }

  pools() {
    return this.#current.pools();
  }

  liveSpace() {
    return this.#current.liveSpace();
  }
}
