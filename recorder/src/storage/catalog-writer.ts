// The catalog as storage writes it: an index, without which recordings are stored all the same. A
// call that fails or takes too long is logged; `reindex` puts it right.
import { RecorderError, systemCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Catalog, CatalogRow, Clock } from "../ports/index.ts";
import { withDeadline } from "./deadline.ts";

/** A catalog that is slower than this holds storing up no longer. */
const CATALOG_CALL_MS = 10_000;

export class CatalogWriter {
  readonly #ports: {
    readonly clock: Clock;
    readonly catalog: Catalog;
    readonly log: Logger;
  };

  constructor(ports: { readonly clock: Clock; readonly catalog: Catalog; readonly log: Logger }) {
    this.#ports = ports;
  }

  /** The row that is entered; null also when the catalog cannot be asked. */
  async entered(recordingKey: string): Promise<CatalogRow | null> {
    return (await this.#try(recordingKey, (catalog) => catalog.get(recordingKey))) ?? null;
  }

  async enter(row: CatalogRow): Promise<void> {
    await this.#try(row.recordingKey, (catalog) => catalog.put(row));
  }

  async remove(recordingKey: string): Promise<void> {
    await this.#try(recordingKey, (catalog) => catalog.remove(recordingKey));
  }

  async markHeld(recordingKey: string, isHeld: boolean): Promise<void> {
    const row = await this.entered(recordingKey);
    if (row !== null) await this.enter({ ...row, isHeld });
  }

  /** True when it answers and has no row at all. */
  async isEmpty(): Promise<boolean> {
    const rows = await this.#try("", (catalog) => catalog.search({ limit: 1, offset: 0 }));
    return rows?.length === 0;
  }

  async #try<T>(
    recordingKey: string,
    work: (catalog: Catalog) => Promise<T>,
  ): Promise<T | undefined> {
    const { clock, catalog, log } = this.#ports;
    try {
      const deadline = { name: "storage.catalogCall", limitMs: CATALOG_CALL_MS };
      return await withDeadline(clock, deadline, work(catalog));
    } catch (error) {
      if (!(error instanceof RecorderError) && systemCode(error) === null) throw error;
      log.warn("the catalog could not be used", {
        recordingId: recordingKey,
        code: "CATALOG_FAILED",
        detail: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
  }
}
