// Storage as the composition root puts it together: the storage service, the webhooks that tell of
// what it stores, and the traces that both leave in the state directory.
import type { Alarms } from "./alarms.ts";
import type { RecorderConfig } from "./config.ts";
import { ERRORS } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Outcome } from "./outcome.ts";
import type { CatalogRow, RecorderPorts } from "./ports/index.ts";
import { storageOptions } from "./recorder-options.ts";
import { StorageService, type StorageServiceOptions } from "./storage/pool-storage.ts";
import { ReloadableStorage } from "./storage/reloadable-storage.ts";
import { StateFile } from "./storage/state-file.ts";
import type { Erasure, StorageDelegate } from "./storage/storage-service.ts";
import { Webhooks } from "./webhook/webhooks.ts";

const SAMPLES_PER_MS = 8;

type Ports = Omit<RecorderPorts, "log"> & { readonly log: Logger; readonly metrics: Metrics };

export interface RecorderStorageDelegate {
  /** A programmer's mistake. */
  onFatal(error: Error): void;
}

export class RecorderStorage {
  readonly service: ReloadableStorage<StorageServiceOptions>;
  readonly #config: RecorderConfig;
  readonly #ports: Ports;
  readonly #files: { readonly calls: StateFile; readonly audit: StateFile };
  readonly #alarms: Alarms;
  readonly #delegate: RecorderStorageDelegate;
  readonly #webhooks: Webhooks;
  /** When live pairs went: a support bundle tells it of an `.ul` that a journal names (R24). */
  readonly #released: StateFile;
  #beginning: Promise<void> = Promise.resolve();

  constructor(
    config: RecorderConfig,
    parts: {
      readonly ports: Ports;
      readonly calls: StateFile;
      readonly audit: StateFile;
      readonly alarms: Alarms;
    },
    owner: RecorderStorageDelegate,
  ) {
    this.#config = config;
    this.#ports = parts.ports;
    this.#files = parts;
    this.#alarms = parts.alarms;
    this.#delegate = owner;
    this.#webhooks = this.#createWebhooks();
    this.#released = this.#stateFile("released");
    const delegate: StorageDelegate = {
      onStored: async (row) => {
        parts.ports.log.info("recording stored", stored(row));
        await this.#webhooks.tell("recording.stored", row);
      },
      // Logged where it is tried again.
      onStoreFailed: () => undefined,
      onPoolFull: (pool, isFull) => this.#onPoolFull(pool, isFull),
      onSpaceLow: (place, isLow, hoursLeft) => this.#onSpaceLow(place, isLow, hoursLeft),
      onErased: (erasure) => this.#onErased(erasure),
      onReleased: (recordingKey) => this.#onReleased(recordingKey),
    };
    this.service = new ReloadableStorage(
      storageOptions(config),
      delegate,
      (options, inner) => new StorageService(options, parts.ports, inner),
    );
  }

  /**
   * Begins beside the calls: a drive that does not answer keeps nobody from recording. Who was to
   * be told of `discarded`, of which a crash has left the pair, may not know yet.
   */
  begin(discarded: readonly CatalogRow[] = []): void {
    this.#inBackground(this.#begin(discarded));
  }

  /** Pools of another configuration: what is under way ends, the rest goes to the new ones. */
  async reload(next: RecorderConfig): Promise<void> {
    const isOpen = await this.service.change(storageOptions(next));
    if (!isOpen) return;
    const before = this.#beginning.catch(() => undefined);
    this.#inBackground(before.then(() => this.#beginService()));
  }

  #inBackground(beginning: Promise<void>): void {
    this.#beginning = beginning;
    this.#beginning.catch((error: unknown) => {
      this.#delegate.onFatal(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** "A discard leaves a row": true once it is on the medium, and who is to be told will be. */
  async discard(row: CatalogRow): Promise<boolean> {
    const isNoted = await this.#files.calls.appendDurably(discardRow(row));
    if (isNoted) await this.#webhooks.tell("recording.discarded", row);
    return isNoted;
  }

  /** A recording is complete; of a discarded one nothing is left. */
  finished(row: CatalogRow, outcome: Outcome): void {
    if (outcome === "discarded" || outcome === "blocked") return;
    this.service.store({
      recordingKey: row.recordingKey,
      liveDirectory: this.#config.live.directory,
      pool: null,
      row,
    });
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.#beginning.catch(() => undefined);
    await Promise.all([this.#webhooks.close(), this.#released.close()]);
  }

  async #begin(discarded: readonly CatalogRow[]): Promise<void> {
    await this.#webhooks.start();
    for (const row of discarded) await this.#webhooks.tell("recording.discarded", row);
    await this.#beginService();
  }

  #beginService(): Promise<void> {
    return this.service.begin((row) => this.#webhooks.tellAgain(row));
  }

  #createWebhooks(): Webhooks {
    const { recorder, state, webhooks } = this.#config;
    const path = `${state.directory}/webhooks.jsonl`;
    const options = { receivers: webhooks, recorder: recorder.name, path };
    return new Webhooks(options, this.#ports, this.#stateFile("webhooks"));
  }

  #stateFile(name: string): StateFile {
    const { log } = this.#ports;
    return new StateFile(`${this.#config.state.directory}/${name}.jsonl`, this.#ports, {
      onProblem: (code, detail) => log.error(ERRORS[code].remedy, { code, detail }),
    });
  }

  #onReleased(recordingKey: string): void {
    const at = new Date(this.#ports.clock.wallTimeMs()).toISOString();
    this.#released.append({ version: 1, at, recordingKey });
  }

  #onPoolFull(pool: string, isFull: boolean): void {
    const { log } = this.#ports;
    if (!isFull) {
      this.#alarms.clear("POOL_FULL", pool);
      return log.info("the pool has room again", { pool });
    }
    const { meaning, remedy } = ERRORS.POOL_FULL;
    log.error(`${meaning} ${remedy}`, { code: "POOL_FULL", pool });
    const alarm = { code: "POOL_FULL", severity: "critical", subject: pool } as const;
    this.#alarms.raise({ ...alarm, detail: meaning });
  }

  #onSpaceLow(place: string, isLow: boolean, hours: number): void {
    const { log } = this.#ports;
    const hoursLeft = Math.round(hours * 10) / 10;
    if (!isLow) {
      this.#alarms.clear("SPACE_LOW", place);
      return log.info("there is space for enough hours again", { place, hoursLeft });
    }
    const { meaning, remedy } = ERRORS.SPACE_LOW;
    log.error(`${meaning} ${remedy}`, { code: "SPACE_LOW", place, hoursLeft });
    const alarm = { code: "SPACE_LOW", severity: "warning", subject: place } as const;
    this.#alarms.raise({ ...alarm, detail: `${place}: ${hoursLeft} hours are left` });
  }

  /** What is gone leaves a row beside the calls; retention is nobody's request: audited here. */
  async #onErased({ recordingKey, row, by, reason, origin }: Erasure): Promise<void> {
    const at = new Date(this.#ports.clock.wallTimeMs()).toISOString();
    const { calls, audit } = this.#files;
    const { callKey = null, part = null, sipCallId = null } = row ?? {};
    calls.append({
      ...{ version: 1, type: "erased", at, recordingKey, callKey, part, sipCallId },
      ...{ by, reason },
    });
    if (origin !== "asked") {
      const line = { version: 1, at, by, action: "delete", target: recordingKey, result: "ok" };
      audit.append({ ...line, detail: reason, origin });
    }
    this.#ports.log.info("recording erased", { recordingId: recordingKey, by, reason });
    if (row !== null) await this.#webhooks.tell("recording.erased", row);
    await Promise.all([calls.settled(), audit.settled()]);
  }
}

function stored(row: CatalogRow) {
  const { recordingKey: recordingId, sipCallId, liveStreamId, pool, drive, bytes } = row;
  return { recordingId, sipCallId, liveStreamId, pool, drive, bytes };
}

/** "A discard leaves a row (rule, times)" (design.md §5). */
function discardRow(row: CatalogRow): Record<string, unknown> {
  const { startTimeMs, samples, rule = null } = row;
  const times = {
    startedAt: new Date(startTimeMs).toISOString(),
    endedAt: new Date(startTimeMs + samples / SAMPLES_PER_MS).toISOString(),
  };
  return { version: 1, type: "discard", ...row, rule, ...times };
}
