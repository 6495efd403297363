// The log directory: which files there are, rotated ones with them, oldest first (design.md §5,
// "Logs"; the sink names a rotated file `.1`, the one before `.2` …).
import { systemCode } from "../errors.ts";
import type { Disk, DiskEntry, LogFile } from "../ports/index.ts";
import type { FoundFile } from "./recording-files.ts";

export const LOG_FILES: readonly LogFile[] = [
  "library.log",
  "server.log",
  "cd3_log",
  "server_edition/events.log",
  "server_edition/call_center.log",
];

export interface FoundLog extends FoundFile {
  readonly log: LogFile;
  /** Relative to the log directory: "library.log.1". */
  readonly name: string;
}

/** Every file of every log that is there, in the order of writing. */
export async function findLogs(directory: string, disk: Disk): Promise<FoundLog[]> {
  const found: FoundLog[] = [];
  for (const folder of ["", "server_edition/"]) {
    const names = (await entries(disk, `${directory}/${folder}`.replace(/\/$/, ""))).map(
      ({ name }) => `${folder}${name}`,
    );
    for (const log of LOG_FILES) {
      const generations = names.flatMap((name) => {
        const generation = generationOf(name, log);
        return generation === null ? [] : [{ name, generation }];
      });
      generations.sort((one, other) => other.generation - one.generation);
      for (const { name } of generations) {
        found.push({ log, name, path: `${directory}/${name}`, disk });
      }
    }
  }
  return found;
}

/** 0 = the current one; null: another file. */
function generationOf(name: string, log: LogFile): number | null {
  if (name === log) return 0;
  const number = name.startsWith(`${log}.`) ? name.slice(log.length + 1) : "";
  return /^\d{1,4}$/.test(number) ? Number(number) : null;
}

async function entries(disk: Disk, path: string): Promise<DiskEntry[]> {
  try {
    return (await disk.list(path)).filter(({ kind }) => kind === "file");
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return [];
  }
}
