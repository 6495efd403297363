// `tapeline-recorder reindex`: rebuilds the catalog from pools and live directory. Holds are read
// from their files; audit, keys, calls and webhooks are files of the state directory, which are
// looked through so that a damaged one is told.
import { readReportedFacts } from "../association/reconciliation-input.ts";
import type { RecorderConfig } from "../config.ts";
import { systemCode } from "../errors.ts";
import type { Disk } from "../ports/index.ts";
import { rowFromJournal } from "../recording/journal-row.ts";
import { reindex } from "../storage/reindex.ts";
import { StateFile } from "../storage/state-file.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { offlineConfig, offlinePorts, readPools, type OfflinePorts } from "./offline-storage.ts";
import { Progress } from "./progress.ts";

export async function reindexCommand(
  file: string,
  environment: Environment,
  isJson: boolean,
): Promise<number> {
  const config = await offlineConfig(file, environment);
  if (config === null) return EXIT.usage;
  const ports = offlinePorts(config);
  try {
    const pools = await readPools(config, ports);
    const progress = new Progress("indexed", process.stderr);
    const { directory: liveDirectory } = config.live;
    const { disk, catalog } = ports;
    const result = await reindex(
      { pools, liveDirectory, disk, catalog, rowFromJournal },
      { onProgress: (done, total) => progress.update(done, total), mayGoOn: () => true },
    );
    progress.end();
    await tieAgain(config, ports);
    const state = await stateRows(config, ports);
    if (isJson) {
      process.stdout.write(`${JSON.stringify({ version: 1, ...result, state }, null, 2)}\n`);
    } else process.stdout.write(textOf(config, result, state));
    const isWhole = result.unreadable.length === 0 && result.unknownDrives.length === 0;
    const isReadable = Object.values(state).every(({ damaged }) => damaged === 0);
    return isWhole && isReadable ? EXIT.ok : EXIT.failed;
  } finally {
    await ports.close();
  }
}

/** Ties that somebody made by hand stand in calls.jsonl, not in the journals. */
async function tieAgain(config: RecorderConfig, ports: OfflinePorts): Promise<void> {
  const path = `${config.state.directory}/calls.jsonl`;
  const file = new StateFile(path, ports, { onProblem: () => undefined });
  // A file that cannot be read is told by the counts that follow.
  const rows = await file.rows().then(
    (read) => read.rows,
    () => [],
  );
  const { ties } = readReportedFacts(rows);
  for (const { recordingKey, callKey, part, extension, agent } of ties.values()) {
    const row = callKey === null ? null : await ports.catalog.get(recordingKey);
    if (row !== null) await ports.catalog.put({ ...row, callKey, part, extension, agent });
  }
}

type StateCounts = Readonly<Record<string, { readonly rows: number; readonly damaged: number }>>;

/** What the state files hold; none of it was in the catalog. */
async function stateRows(config: RecorderConfig, ports: OfflinePorts): Promise<StateCounts> {
  const counts: Record<string, { rows: number; damaged: number }> = {};
  for (const name of ["calls", "links", "audit", "webhooks"]) {
    const path = `${config.state.directory}/${name}.jsonl`;
    counts[name] = await countRows(path, ports);
  }
  return counts;
}

async function countRows(path: string, ports: { clock: OfflinePorts["clock"]; disk: Disk }) {
  const file = new StateFile(path, ports, { onProblem: () => undefined });
  try {
    const { rows, damagedCount } = await file.rows();
    return { rows: rows.length, damaged: damagedCount };
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return { rows: 0, damaged: 1 };
  }
}

function textOf(
  config: RecorderConfig,
  result: Awaited<ReturnType<typeof reindex>>,
  state: StateCounts,
): string {
  const lines = [
    ...result.unreadable.map((key) => `${key}: its journal cannot be read.`),
    ...result.unknownDrives.map((path) => `${path} cannot be read; its rows were left.`),
    `${config.catalog.file}: ${result.rows} recordings, ${result.held} of them on hold; ` +
      `${result.removed} rows without files removed.`,
    ...Object.entries(state).map(
      ([name, { rows, damaged }]) =>
        `${config.state.directory}/${name}.jsonl: ${rows} rows` +
        (damaged > 0 ? `, ${damaged} damaged` : ""),
    ),
  ];
  return `${lines.join("\n")}\n`;
}
