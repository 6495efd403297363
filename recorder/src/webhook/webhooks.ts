// The completion webhook: tells receivers of finished recordings. What is due is in
// state/webhooks.jsonl before anybody is told, so that a message survives restarts until it is
// delivered (or a week old); receivers recognise repetitions by the delivery's id.
import { createHash } from "node:crypto";
import { systemCode } from "../errors.ts";
import type { CatalogRow, Disk } from "../ports/index.ts";
import { WebhookQueue, type WebhookPorts } from "./webhook-queue.ts";
import {
  dueRow,
  identityOf,
  readHistory,
  settledRow,
  sinceRow,
  type DueMessage,
  type Settlement,
  type WebhookEvent,
} from "./webhook-log.ts";

export interface Receiver {
  readonly url: string;
  readonly secret: string;
  readonly events: readonly WebhookEvent[];
}

/** An append-only file of the state directory. */
export interface WebhookFile {
  append(row: Readonly<Record<string, unknown>>): void;
  rows(): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface WebhooksOptions {
  readonly receivers: readonly Receiver[];
  /** Name of this recorder. */
  readonly recorder: string;
  /** state/webhooks.jsonl. */
  readonly path: string;
}

/** A file with more rows than this is written anew at start. */
const COMPACT_ABOVE_ROWS = 20_000;
/** What was settled longer ago is forgotten when the file is written anew. */
const REMEMBER_MS = 14 * 24 * 3_600_000;

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #ports: WebhookPorts & { readonly disk: Disk };
  readonly #file: WebhookFile;
  readonly #queues = new Map<string, WebhookQueue>();
  #known = new Set<string>();
  #since: ReadonlyMap<string, number> = new Map();
  #isClosed = false;

  constructor(
    options: WebhooksOptions,
    ports: WebhookPorts & { readonly disk: Disk },
    file: WebhookFile,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#file = file;
  }

  /** Goes on with what an earlier run left. Without receivers nothing is read or written. */
  async start(): Promise<void> {
    const { receivers } = this.#options;
    if (receivers.length === 0) return;
    const rows = await this.#readRows();
    const history = readHistory(rows);
    this.#known = new Set(history.known);
    const since = new Map(history.since);
    for (const { url, secret } of receivers) {
      if (!since.has(url)) {
        since.set(url, this.#ports.clock.wallTimeMs());
        this.#file.append(sinceRow(url, this.#now()));
      }
      const receiver = { url, secret };
      const onSettled = (message: DueMessage, how: Settlement, detail: string): void =>
        this.#settled(message, how, detail);
      this.#queues.set(url, new WebhookQueue(receiver, this.#ports, onSettled));
    }
    this.#since = since;
    // Those of a receiver that is no longer configured wait until it is again.
    for (const message of history.due) this.#queues.get(message.url)?.push(message);
    this.#measure();
  }

  /**
   * Tells every receiver that wants it, once. Resolves when that is on the medium (or the disk has
   * failed for now).
   */
  async tell(event: WebhookEvent, row: CatalogRow): Promise<void> {
    if (this.#isClosed) return;
    for (const { url, events } of this.#options.receivers) {
      if (!events.includes(event)) continue;
      const identity = identityOf({ url, event, recordingKey: row.recordingKey });
      if (this.#known.has(identity)) continue;
      this.#known.add(identity);
      const message = this.#message(event, row, { url, identity });
      this.#file.append(dueRow(message));
      this.#queues.get(url)?.push(message);
    }
    this.#measure();
    await this.#file.settled();
  }

  /**
   * The same for a recording that an earlier run stored, which it may not have told any more. A
   * receiver is not told of what was there before it.
   */
  async tellAgain(row: CatalogRow): Promise<void> {
    const endTimeMs = row.startTimeMs + row.samples / 8;
    const isNews = this.#options.receivers.some(
      ({ url }) => (this.#since.get(url) ?? Number.POSITIVE_INFINITY) <= endTimeMs,
    );
    if (isNews) await this.tell("recording.stored", row);
  }

  /** Messages that are not delivered yet. */
  waiting(): number {
    return [...this.#queues.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closing = [...this.#queues.values()].map((queue) => queue.close());
    await this.#ports.httpClient.close();
    await Promise.all(closing);
    await this.#file.close();
  }

  #message(
    event: WebhookEvent,
    row: CatalogRow,
    to: { readonly url: string; readonly identity: string },
  ): DueMessage {
    const { recordingKey } = row;
    const id = createHash("sha256").update(to.identity).digest("hex").slice(0, 32);
    const at = this.#now();
    // Where it lies on our disks is nobody else's business.
    const { drive: _drive, path: _path, ...recording } = row;
    const { recorder } = this.#options;
    const body = JSON.stringify({ version: 1, id, event, at, recorder, recording });
    return { id, url: to.url, event, recordingKey, at, body };
  }

  #settled(message: DueMessage, how: Settlement, detail: string): void {
    this.#file.append(settledRow(message, { at: this.#now(), how, detail }));
    this.#measure();
  }

  #measure(): void {
    this.#ports.metrics.set("webhooks_waiting", this.waiting());
  }

  #now(): string {
    return new Date(this.#ports.clock.wallTimeMs()).toISOString();
  }

  async #readRows(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    try {
      const { rows } = await this.#file.rows();
      return rows.length > COMPACT_ABOVE_ROWS ? await this.#compact(rows) : rows;
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      const detail = `${this.#options.path}: ${code}`;
      this.#ports.log.error("webhooks of an earlier run are lost", {
        code: "WEBHOOK_FAILED",
        detail,
      });
      return [];
    }
  }

  /** Writes the file anew with what still matters; before it is opened for appending. */
  async #compact(rows: readonly Readonly<Record<string, unknown>>[]) {
    const { disk, clock } = this.#ports;
    const { due } = readHistory(rows);
    const dueIds = new Set(due.map(({ id }) => id));
    const oldestMs = clock.wallTimeMs() - REMEMBER_MS;
    const kept = rows.filter(
      (row) =>
        row["type"] === "since" ||
        dueIds.has(String(row["id"])) ||
        Date.parse(String(row["at"])) >= oldestMs,
    );
    const { path } = this.#options;
    const part = `${path}.part`;
    const text = kept.map((row) => `${JSON.stringify(row)}\n`).join("");
    const file = await disk.open(part, "append");
    await file.truncate(0);
    await file.write(new TextEncoder().encode(text), 0);
    await file.sync();
    await file.close();
    await disk.rename(part, path);
    await disk.syncDirectory(path.slice(0, path.lastIndexOf("/")));
    return kept;
  }
}
