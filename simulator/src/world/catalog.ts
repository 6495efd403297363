// The virtual catalog: rows in memory, gone at a crash, with latency and faults. It hands out and
// keeps copies, as a database does.
import type { Catalog, CatalogQuery, CatalogRow } from "@tapeline/recorder/ports";
import type { SeededRandom, VirtualCatalogFaults } from "./contract.ts";
import type { ProcessScope } from "./process-scope.ts";
import { SystemError } from "./system-error.ts";
import type { Trace } from "./trace.ts";

const LATENCY_MS = [0.1, 1] as const;

/** Latency and faults of the catalogs of one host. */
export class HostCatalog implements VirtualCatalogFaults {
  readonly #hostName: string;
  readonly #trace: Trace;
  readonly #random: SeededRandom;
  #failuresLeft = 0;
  #isUnavailable = false;
  #slowMs = 0;

  constructor(hostName: string, trace: Trace, random: SeededRandom) {
    this.#hostName = hostName;
    this.#trace = trace;
    this.#random = random;
  }

  portFor(scope: ProcessScope): Catalog {
    return new VirtualCatalog(this, scope, this.#trace);
  }

  failTimes(count: number): void {
    this.#trace.add(`fault catalog ${this.#hostName} fail ${count}`);
    this.#failuresLeft = count;
  }

  unavailable(): void {
    this.#trace.add(`fault catalog ${this.#hostName} unavailable`);
    this.#isUnavailable = true;
  }

  slow(byMs: number): void {
    this.#trace.add(`fault catalog ${this.#hostName} slow ${byMs}`);
    this.#slowMs = byMs;
  }

  heal(): void {
    this.#failuresLeft = 0;
    this.#isUnavailable = false;
    this.#slowMs = 0;
  }

  latencyMs(): number {
    const [minimum, maximum] = LATENCY_MS;
    return minimum + this.#random.fraction() * (maximum - minimum) + this.#slowMs;
  }

  checkAvailable(operation: string): void {
    if (this.#failuresLeft > 0) this.#failuresLeft -= 1;
    else if (!this.#isUnavailable) return;
    throw new SystemError("ERR_SQLITE_ERROR", operation, "catalog: simulated failure");
  }
}

class VirtualCatalog implements Catalog {
  readonly #host: HostCatalog;
  readonly #scope: ProcessScope;
  readonly #trace: Trace;
  readonly #rows = new Map<string, CatalogRow>();
  #isOpen = true;

  constructor(host: HostCatalog, scope: ProcessScope, trace: Trace) {
    this.#host = host;
    this.#scope = scope;
    this.#trace = trace;
  }

  put(row: CatalogRow): Promise<void> {
    const kept = copyOf(row);
    return this.#run("put", row.recordingKey, () => {
      this.#rows.set(kept.recordingKey, kept);
    });
  }

  get(recordingKey: string): Promise<CatalogRow | null> {
    return this.#run("get", recordingKey, () => {
      const row = this.#rows.get(recordingKey);
      return row === undefined ? null : copyOf(row);
    });
  }

  search(query: CatalogQuery): Promise<CatalogRow[]> {
    return this.#run("search", "", () =>
      [...this.#rows.values()]
        .filter((row) => matches(row, query))
        .sort(newestFirst)
        .slice(query.offset, query.offset + query.limit)
        .map(copyOf),
    );
  }

  count(query: CatalogQuery): Promise<number> {
    return this.#run(
      "count",
      "",
      () => [...this.#rows.values()].filter((row) => matches(row, query)).length,
    );
  }

  remove(recordingKey: string): Promise<void> {
    return this.#run("remove", recordingKey, () => {
      this.#rows.delete(recordingKey);
    });
  }

  close(): Promise<void> {
    const closing = this.#run("close", "", () => undefined);
    this.#isOpen = false;
    return closing;
  }

  #run<T>(operation: string, key: string, perform: () => T): Promise<T> {
    if (this.#scope.isAlive) this.#trace.add(`catalog ${operation} ${key}`.trimEnd());
    const isOpen = this.#isOpen;
    return this.#scope.call(`catalog.${operation} ${key}`, this.#host.latencyMs(), () => {
      if (!isOpen) throw new SystemError("ERR_INVALID_STATE", operation, "catalog is closed");
      this.#host.checkAvailable(operation);
      return perform();
    });
  }
}

function copyOf(row: CatalogRow): CatalogRow {
  return { ...row, parties: [...row.parties] };
}

/** `fromTimeMs` belongs to the span, `toTimeMs` does not. */
function matches(row: CatalogRow, query: CatalogQuery): boolean {
  const { fromTimeMs = -Infinity, toTimeMs = Infinity, extensions, number, text, isHeld } = query;
  return (
    row.startTimeMs >= fromTimeMs &&
    row.startTimeMs < toTimeMs &&
    EXACT.every((field) => query[field] === undefined || row[field] === query[field]) &&
    (extensions === undefined || extensions.some((extension) => row.extension === extension)) &&
    (number === undefined || mentions(row, number)) &&
    (text === undefined || wordsOf(row).includes(text.toLowerCase()) || keyBegins(row, text)) &&
    (isHeld === undefined || (row.isHeld ?? false) === isHeld)
  );
}

const EXACT = [
  "callKey",
  "agent",
  "extension",
  "rule",
  "outcome",
  "sipCallId",
  "liveStreamId",
  "purpose",
] as const satisfies readonly (keyof CatalogQuery & keyof CatalogRow)[];

function wordsOf(row: CatalogRow): string {
  const { agent, extension, parties, rule } = row;
  const words = [agent, extension, JSON.stringify(parties), rule];
  return words
    .map((word) => word ?? "")
    .join(" ")
    .toLowerCase();
}

function keyBegins({ recordingKey, callKey }: CatalogRow, text: string): boolean {
  return recordingKey.startsWith(text) || callKey?.startsWith(text) === true;
}

function mentions(row: CatalogRow, number: string): boolean {
  return row.parties.some((party) => party.toLowerCase().includes(number.toLowerCase()));
}

function newestFirst(a: CatalogRow, b: CatalogRow): number {
  return b.startTimeMs - a.startTimeMs || (a.recordingKey < b.recordingKey ? 1 : -1);
}
