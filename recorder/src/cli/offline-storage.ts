// What verify, reindex and recover stand on: the configuration, the real ports that they need, and
// the pools as a reader sees them. The first two also run beside a recorder at work, and therefore
// change no file of a drive or of the live directory.
import { createLogger } from "../log.ts";
import type { RecorderConfig } from "../config.ts";
import type { Catalog, Clock, Disk, Encoder } from "../ports/index.ts";
import {
  nodeCatalog,
  nodeClock,
  nodeDisk,
  nodeDriveDisk,
  nodeEncoder,
  type DriveDisk,
} from "../ports/node/index.ts";
import { storageOptions } from "../recorder-options.ts";
import { DrivePools } from "../storage/drive-pools.ts";
import type { Environment } from "./cli.ts";
import { loadConfig, problemText } from "./load-config.ts";

/** null when the configuration cannot be used; its problems have been told then. */
export async function offlineConfig(
  file: string,
  environment: Environment,
): Promise<RecorderConfig | null> {
  const loaded = await loadConfig(file, environment);
  if (loaded.ok) return loaded.config;
  for (const problem of loaded.problems) process.stderr.write(`${problemText(problem)}\n`);
  return null;
}

export interface OfflinePorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly driveDisk: (drivePath: string) => Disk;
  readonly encoder: Encoder;
  readonly catalog: Catalog;
  readonly log: ReturnType<typeof createLogger>;
  close(): Promise<void>;
}

/** Warnings of the parts go to standard error. */
export function offlinePorts(config: RecorderConfig): OfflinePorts {
  const clock = nodeClock();
  const drives = new Map<string, DriveDisk>();
  const catalog = nodeCatalog({
    file: config.catalog.file,
    onProblem: (code, detail) => process.stderr.write(`${code}: ${detail}\n`),
  });
  const write = (_file: string, line: string): void => void process.stderr.write(`${line}\n`);
  return {
    clock,
    disk: nodeDisk(),
    driveDisk(path) {
      const drive = drives.get(path) ?? nodeDriveDisk();
      drives.set(path, drive);
      return drive;
    },
    encoder: nodeEncoder({ command: config.encoder.command }),
    catalog,
    log: createLogger(
      { file: "library.log", level: "warn" },
      { clock, log: { write, close: async () => undefined } },
    ),
    async close() {
      await Promise.all([catalog.close(), ...[...drives.values()].map((drive) => drive.close())]);
    },
  };
}

/** The pools, read and not touched. */
export async function readPools(config: RecorderConfig, ports: OfflinePorts): Promise<DrivePools> {
  const pools = new DrivePools(
    { pools: storageOptions(config).pools, isLive: () => true, isReadOnly: true },
    ports,
  );
  await pools.scan();
  return pools;
}
