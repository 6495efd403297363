// What inspect and bundle stand on: the files of the recorder as they are, beside one at work or
// without. Nothing of it is changed; a drive that hangs keeps only its own child busy.
import type { RecorderConfig } from "../config.ts";
import type { Lookup } from "../inspect/find-recordings.ts";
import type { Places } from "../inspect/recording-files.ts";
import type { CatalogRow, Clock, Disk } from "../ports/index.ts";
import {
  nodeCatalog,
  nodeClock,
  nodeDisk,
  nodeDriveDisk,
  type DriveDisk,
} from "../ports/node/index.ts";

export interface SupportPorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly driveDisk: (drivePath: string) => Disk;
  /** null when there is no catalog. */
  readonly searchCatalog: Lookup["searchCatalog"];
  close(): Promise<void>;
}

/** Rows of one name that are looked at. */
const CATALOG_ROWS = 1_000;

export async function supportPorts(config: RecorderConfig): Promise<SupportPorts> {
  const disk = nodeDisk();
  const drives = new Map<string, DriveDisk>();
  // Opening it would make one where there is none.
  const hasCatalog = (await disk.status(config.catalog.file)) !== null;
  const catalog = hasCatalog
    ? nodeCatalog({
        file: config.catalog.file,
        onProblem: (code, detail) => process.stderr.write(`${code}: ${detail}\n`),
      })
    : null;
  const search = async (id: string): Promise<readonly CatalogRow[]> => {
    if (catalog === null) return [];
    const page = { limit: CATALOG_ROWS, offset: 0 };
    const found = await Promise.all([
      catalog.search({ sipCallId: id, ...page }),
      catalog.search({ liveStreamId: id, ...page }),
      catalog.search({ callKey: id, ...page }),
    ]);
    return found.flat();
  };
  return {
    clock: nodeClock(),
    disk,
    driveDisk(path) {
      const drive = drives.get(path) ?? nodeDriveDisk();
      drives.set(path, drive);
      return drive;
    },
    searchCatalog: catalog === null ? null : search,
    async close() {
      await Promise.all([catalog?.close(), ...[...drives.values()].map((drive) => drive.close())]);
    },
  };
}

export function placesOf(config: RecorderConfig): Places {
  return {
    liveDirectory: config.live.directory,
    drives: config.pools.flatMap(({ name, drives }) =>
      drives.map(({ path }) => ({ pool: name, path })),
    ),
  };
}
