// How a command that takes audio out of the house (bundle) gets its line into the audit trail,
// which the recorder alone appends to: a file in the state directory, synced before the command
// does anything. The recorder takes it within a second, or at its next start.
import { join } from "node:path";
import type { AuditEntry } from "../http/api.ts";
import { systemCode } from "../errors.ts";
import type { Clock, Disk, Timer } from "../ports/index.ts";
import { readMessage } from "./log-filter-request.ts";

/** How often the recorder looks. */
const LOOK_PERIOD_MS = 500;
const SUFFIX = ".json";

function spoolDirectory(stateDirectory: string): string {
  return join(stateDirectory, "audit-spool");
}

/** Rejects with the system's code when the line cannot be kept: then the deed must not be done. */
export async function spoolAudit(
  entry: AuditEntry,
  to: { readonly stateDirectory: string; readonly id: string },
  disk: Disk,
): Promise<void> {
  const directory = spoolDirectory(to.stateDirectory);
  await disk.makeDirectory(directory);
  const path = join(directory, to.id + SUFFIX);
  const file = await disk.open(`${path}.part`, "create");
  try {
    await file.write(new TextEncoder().encode(`${JSON.stringify(entry)}\n`), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(`${path}.part`, path);
  await disk.syncDirectory(directory);
}

/** Takes spooled lines until it is cancelled; each is removed once `audit` has resolved. */
export function takeSpooledAudit(
  stateDirectory: string,
  audit: (entry: AuditEntry) => Promise<void>,
  ports: { readonly clock: Clock; readonly disk: Disk },
): { cancel(): void } {
  const { clock, disk } = ports;
  let timer: Timer | null = null;
  let isOver = false;
  const look = async (): Promise<void> => {
    await takeAll(spoolDirectory(stateDirectory), audit, disk);
    if (!isOver) timer = clock.setTimer("audit.spool", LOOK_PERIOD_MS, () => void look());
  };
  void look();
  return {
    cancel: () => {
      isOver = true;
      timer?.cancel();
    },
  };
}

async function takeAll(
  directory: string,
  audit: (entry: AuditEntry) => Promise<void>,
  disk: Disk,
): Promise<void> {
  try {
    for (const { name } of await disk.list(directory)) {
      if (!name.endsWith(SUFFIX)) continue;
      const path = join(directory, name);
      const entry = entryOf(await readMessage(disk, path));
      if (entry !== null) await audit(entry);
      await disk.remove(path);
    }
  } catch (error) {
    // No directory: nothing was ever spooled. A disk that refuses is asked again at the next look.
    if (systemCode(error) === null) throw error;
  }
}

/** Anybody who may write there could have written it: it is taken by its form. */
function entryOf(message: Readonly<Record<string, unknown>> | null): AuditEntry | null {
  const { by, action, target, result, detail } = message ?? {};
  const isEntry = [by, action, target, result, detail].every((value) => typeof value === "string");
  return isEntry ? ({ by, action, target, result, detail } as AuditEntry) : null;
}
