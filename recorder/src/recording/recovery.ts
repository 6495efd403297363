// Recovery at start: every live pair that a crash left behind goes on, is finished, or is put into
// order, before new calls are taken. Nothing is lost, nothing is there twice (design.md §5).
import { parseJournal } from "../audio/journal.ts";
import { KEYS_FILE_SUFFIX, parseKeysFile } from "../audio/keys-file.ts";
import { systemCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Disk } from "../ports/index.ts";
import type { SipSession, WireMessage } from "../sip/session.ts";
import { mendTornAudio } from "./torn-audio.ts";
import { mendTornJournal } from "./torn-journal.ts";
import { rebuiltHeader } from "./rebuilt-journal.ts";
import { planRecovery, type ResumePlan } from "./recovery-plan.ts";

export interface RecoveryTarget {
  /** Rebuilds the dialog of a call that began so long ago; null when it can't be. */
  restore(messages: readonly WireMessage[], ageMs: number): SipSession | null;
  resume(plan: ResumePlan, session: SipSession | null): void;
}

interface Ports {
  readonly disk: Disk;
  readonly log: Logger;
  readonly wallTimeMs: () => number;
  /** Discards that a crash has interrupted: their row is written, their pair is to go. */
  readonly discarded: { keys(): Iterable<string> };
}

/** One live pair. */
interface Pair {
  readonly directory: string;
  readonly key: string;
  /** Of SRTP, beside the journal. */
  readonly hasKeys: boolean;
}

/** Puts every live pair in order; resolves when each has been resumed, finished or removed. */
export async function recover(
  liveDirectory: string,
  ports: Ports,
  target: RecoveryTarget,
): Promise<void> {
  await finishDiscards(liveDirectory, ports);
  const names = (await ports.disk.list(liveDirectory))
    .filter(({ kind }) => kind === "file")
    .map(({ name }) => name)
    .sort();
  const present = new Set(names);
  const goingOn = new Set<string>();
  const noted: RecoveryTarget = {
    restore: (messages, ageMs) => target.restore(messages, ageMs),
    resume: (plan, session) => {
      if (session !== null) goingOn.add(plan.recordingKey);
      target.resume(plan, session);
    },
  };
  for (const name of names) {
    const key = name.replace(/\.[a-z]+$/, "");
    try {
      if (name.endsWith(".tmpvrtx")) {
        const hasKeys = present.has(`${key}${KEYS_FILE_SUFFIX}`);
        await recoverJournal({ directory: liveDirectory, key, hasKeys }, ports, noted);
      } else if (name.endsWith(".ul")) {
        if (present.has(`${key}.tmpvrtx`) || present.has(`${key}.vrtx`)) continue;
        await recoverAudio(liveDirectory, key, ports, noted);
      }
    } catch (error) {
      // One pair that cannot be read keeps no other from being recovered, nor calls from being
      // taken.
      const code = systemCode(error);
      if (code === null || code.startsWith("ERR_")) throw error;
      const detail = `${liveDirectory}/${name}: ${code}`;
      ports.log.error(detail, { code: "LIVE_READ_FAILED", recordingId: key });
    }
  }
  await removeKeys(liveDirectory, names, { disk: ports.disk, goingOn });
}

/** A call that is over needs its keys no more. */
async function removeKeys(
  directory: string,
  names: readonly string[],
  { disk, goingOn }: { readonly disk: Disk; readonly goingOn: ReadonlySet<string> },
): Promise<void> {
  for (const name of names) {
    if (!name.endsWith(KEYS_FILE_SUFFIX)) continue;
    if (goingOn.has(name.slice(0, -KEYS_FILE_SUFFIX.length))) continue;
    await removeIfThere(disk, `${directory}/${name}`);
  }
}

async function finishDiscards(directory: string, { disk, log, discarded }: Ports): Promise<void> {
  const keys = [...discarded.keys()];
  for (const key of keys) {
    log.info("a discard that a crash interrupted is finished", { recordingId: key });
    await removeIfThere(disk, `${directory}/${key}.ul`);
    await removeIfThere(disk, `${directory}/${key}.tmpvrtx`);
  }
  if (keys.length > 0) await disk.syncDirectory(directory);
}

async function recoverJournal(
  { directory, key, hasKeys }: Pair,
  ports: Ports,
  target: RecoveryTarget,
): Promise<void> {
  const { disk, log } = ports;
  const journalPath = `${directory}/${key}.tmpvrtx`;
  const bytes = await disk.readFile(journalPath);
  const mended = await mendTornJournal(disk, journalPath, bytes);
  const journal = parseJournal(mended ?? bytes);
  if (mended !== null || journal.problems.length > 0) {
    log.warn("journal has damaged lines", { code: "JOURNAL_DAMAGED", recordingId: key });
  }
  const audio = await disk.status(`${directory}/${key}.ul`);
  const keys = hasKeys
    ? parseKeysFile(await disk.readFile(`${directory}/${key}${KEYS_FILE_SUFFIX}`))
    : [];
  const step = planRecovery(journal, audio?.sizeBytes ?? 0, keys);
  switch (step.kind) {
    case "rename":
      // The `end` may be read and yet not be on the medium: the process was killed as it synced it.
      await syncFile(disk, journalPath);
      await disk.rename(journalPath, `${directory}/${key}.vrtx`);
      return disk.syncDirectory(directory);
    case "erase":
      await removeIfThere(disk, `${directory}/${key}.ul`);
      return removeIfThere(disk, journalPath);
    case "rebuild":
      await removeIfThere(disk, journalPath);
      if (audio === null) return;
      if (audio.sizeBytes === 0) return removeIfThere(disk, `${directory}/${key}.ul`);
      return recoverAudio(directory, key, ports, target);
    case "resume": {
      if (audio === null) await createEmpty(disk, `${directory}/${key}.ul`);
      const wallTimeMs = ports.wallTimeMs();
      const isTorn = await mendTornAudio(disk, `${directory}/${key}`, { wallTimeMs });
      if (isTorn) log.warn("a crash tore the audio", { code: "LIVE_AUDIO_TORN", recordingId: key });
      const plan = { ...step.plan, isTorn };
      const ageMs = wallTimeMs - plan.beganTimeMs;
      target.resume(plan, plan.isDialogOver ? null : target.restore(plan.messages, ageMs));
      return;
    }
  }
}

/** Audio without a journal (a power cut lost its name): it gets a new one and is kept. */
async function recoverAudio(
  directory: string,
  key: string,
  ports: Ports,
  target: RecoveryTarget,
): Promise<void> {
  const path = `${directory}/${key}.tmpvrtx`;
  const file = await ports.disk.open(path, "create");
  await file.write(rebuiltHeader(key, ports.wallTimeMs()), 0);
  await file.sync();
  await file.close();
  await recoverJournal({ directory, key, hasKeys: false }, ports, target);
}

async function syncFile(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, "update");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function createEmpty(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, "create");
  await file.close();
}

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}
