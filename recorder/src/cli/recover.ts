// `tapeline-recorder recover`: finishes what a crash left in the live directory and stores it,
// without taking calls. Not beside a recorder at work: that one recovers by itself at its start.
import type { RecorderConfig } from "../config.ts";
import { RecorderError } from "../errors.ts";
import { Metrics } from "../metrics.ts";
import { nodeLockDirectory } from "../ports/node/index.ts";
import { storageOptions } from "../recorder-options.ts";
import { recoverOffline, type FinishedPair } from "../recording/offline-recovery.ts";
import { discardedPairs } from "../storage/discarded-pairs.ts";
import { makeDurableDirectory } from "../storage/durable-directory.ts";
import { StorageService } from "../storage/pool-storage.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { offlineConfig, offlinePorts, type OfflinePorts } from "./offline-storage.ts";
import { Progress } from "./progress.ts";

/** How often it is looked whether everything has been tried. */
const LOOK_MS = 50;

export async function recoverCommand(
  file: string,
  environment: Environment,
  isJson: boolean,
): Promise<number> {
  const config = await offlineConfig(file, environment);
  if (config === null) return EXIT.usage;
  const ports = offlinePorts(config);
  const { directory } = config.live;
  await makeDurableDirectory(ports.disk, directory);
  const lock = await nodeLockDirectory()(directory);
  try {
    if (lock === null) throw new RecorderError("LIVE_DIRECTORY_LOCKED", directory);
    const finishing = new Progress("finished", process.stderr);
    const callsPath = `${config.state.directory}/calls.jsonl`;
    const discarded = await discardedPairs(ports.disk, directory, callsPath);
    const finished = await recoverOffline(directory, { ...ports, discarded }, (done, total) =>
      finishing.update(done, total),
    );
    finishing.end();
    const stored = await storeAll(config, ports);
    if (isJson) {
      process.stdout.write(`${JSON.stringify({ version: 1, finished, ...stored }, null, 2)}\n`);
    } else process.stdout.write(textOf(finished, stored));
    return stored.failed.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    await ports.close();
    await lock?.release();
  }
}

interface Stored {
  readonly stored: readonly string[];
  readonly failed: readonly { readonly recordingKey: string; readonly detail: string }[];
}

/** Tries each finished pair once: nobody at a terminal wants to wait for a drive. */
async function storeAll(config: RecorderConfig, ports: OfflinePorts): Promise<Stored> {
  const stored: string[] = [];
  const failed = new Map<string, string>();
  const progress = new Progress("stored", process.stderr);
  const metrics = new Metrics();
  const look = (): void => {
    const done = stored.length + failed.size;
    progress.update(done, Math.max(done, stored.length + storage.pending()));
  };
  const storage = new StorageService(
    storageOptions(config),
    { ...ports, metrics },
    {
      onStored: (row) => {
        stored.push(row.recordingKey);
        failed.delete(row.recordingKey);
        look();
      },
      onStoreFailed: (key, code, detail) => {
        failed.set(key, `${code}: ${detail}`);
        look();
      },
      onPoolFull: () => undefined,
    },
  );
  await storage.begin(async () => undefined);
  while (storage.pending() > failed.size) {
    await new Promise<void>((resolve) => {
      ports.clock.setTimer("recover.look", LOOK_MS, resolve);
    });
  }
  progress.end();
  await storage.close();
  return {
    stored,
    failed: [...failed].map(([recordingKey, detail]) => ({ recordingKey, detail })),
  };
}

function textOf(finished: readonly FinishedPair[], { stored, failed }: Stored): string {
  const lines = [
    ...finished.map(({ recordingKey, samples, outcome }) => {
      return `${recordingKey}: ${(samples / 8000).toFixed(1)} s, ${outcome}`;
    }),
    ...failed.map(({ recordingKey, detail }) => `${recordingKey} is not stored: ${detail}`),
    `${finished.length} live pairs finished, ${stored.length} recordings stored.`,
  ];
  return `${lines.join("\n")}\n`;
}
