// What people and retention may do to a recording: legal hold and erasure (design.md §5,
// "Storage"). One thing at a time for each recording.
// An erasure first leaves a mark (`.erase`), so that the next start finishes what a crash has
// interrupted; the live pair goes before the pool's copy, for a finished live pair that no pool
// has would be stored again. What is gone is told before the mark goes: no erasure without a trace.
import { parseJournal, type JournalContent } from "../audio/journal.ts";
import { systemCode } from "../errors.ts";
import type { Catalog, CatalogRow, Clock, Disk } from "../ports/index.ts";
import type { DrivePools, StoredPlace } from "./drive-pools.ts";
import { removeRecording } from "./drive-scan.ts";
import { DriveTrouble, type PoolDrive } from "./drive.ts";
import { directCalls, markOf, readMark, removeFiles, removeMark, writeMark } from "./marks.ts";
import { beganTimeMs, directoryOf, ENDINGS, isRecordingKey, MARKS } from "./pool-files.ts";
import type { AdminAnswer, AdminRefusal, Deed, Hold } from "./storage-admin.ts";
import type { Erasure } from "./storage-service.ts";

const MS_PER_DAY = 86_400_000;

export interface CustodyOptions {
  readonly liveDirectory: string;
  /** By pool name. */
  readonly keepAtLeastDays: (pool: string) => number;
  readonly rowFromJournal: (journal: JournalContent) => CatalogRow | null;
}

export interface CustodyPorts {
  readonly clock: Clock;
  /** The live directory's disk. */
  readonly disk: Disk;
  readonly catalog: Catalog;
}

export interface CustodyDelegate {
  /** Takes it out of the queue; resolves when no attempt at it is under way any more. */
  withdraw(recordingKey: string): Promise<void>;
  /** Resolves when the trace of it is safe. */
  onErased(erasure: Erasure): Promise<void>;
  /** For the catalog. */
  onHeld(recordingKey: string, isHeld: boolean): Promise<void>;
}

export class Custody {
  readonly #options: CustodyOptions;
  readonly #ports: CustodyPorts;
  readonly #pools: DrivePools;
  readonly #delegate: CustodyDelegate;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(
    options: CustodyOptions,
    parts: { readonly ports: CustodyPorts; readonly pools: DrivePools },
    delegate: CustodyDelegate,
  ) {
    this.#options = options;
    this.#ports = parts.ports;
    this.#pools = parts.pools;
    this.#delegate = delegate;
  }

  hold(recordingKey: string, deed: Deed): Promise<AdminAnswer> {
    return this.#inTurn(recordingKey, async () => {
      const found = await this.#find(recordingKey);
      if ("refused" in found) return found.refused;
      const content = markOf(recordingKey, deed, this.#ports.clock.wallTimeMs());
      const mark = { name: `${recordingKey}${MARKS.hold}`, content };
      if (found.place === null) {
        await writeMark(directCalls(this.#ports.disk), this.#options.liveDirectory, mark);
      } else {
        const { drive } = found.place;
        await writeMark(callsOf(drive), directoryOf(drive.path, recordingKey), mark);
        this.#pools.held.add(recordingKey);
      }
      await this.#delegate.onHeld(recordingKey, true);
      return OK;
    });
  }

  releaseHold(recordingKey: string): Promise<AdminAnswer> {
    return this.#inTurn(recordingKey, async () => {
      const found = await this.#find(recordingKey);
      if ("refused" in found) return found.refused;
      const name = `${recordingKey}${MARKS.hold}`;
      await removeMark(directCalls(this.#ports.disk), this.#options.liveDirectory, name);
      if (found.place !== null) {
        const { drive } = found.place;
        await removeMark(callsOf(drive), directoryOf(drive.path, recordingKey), name);
        this.#pools.held.delete(recordingKey);
      }
      await this.#delegate.onHeld(recordingKey, false);
      return OK;
    });
  }

  async holdOf(recordingKey: string): Promise<Hold | null> {
    if (!isRecordingKey(recordingKey)) return null;
    const name = `${recordingKey}${MARKS.hold}`;
    const live = await readMark(directCalls(this.#ports.disk), this.#options.liveDirectory, name);
    const place = this.#pools.committed(recordingKey);
    if (live !== null || place === null || !this.#pools.held.has(recordingKey)) return live;
    return readMark(callsOf(place.drive), directoryOf(place.drive.path, recordingKey), name);
  }

  /** A hold that was put on before the recording was stored goes where the `.spx` is. */
  async takeHoldAlong(recordingKey: string, place: StoredPlace): Promise<boolean> {
    const live = directCalls(this.#ports.disk);
    const name = `${recordingKey}${MARKS.hold}`;
    const content = await readMark(live, this.#options.liveDirectory, name);
    if (content === null) return this.#pools.held.has(recordingKey);
    const directory = directoryOf(place.drive.path, recordingKey);
    await writeMark(callsOf(place.drive), directory, { name, content });
    this.#pools.held.add(recordingKey);
    await removeMark(live, this.#options.liveDirectory, name);
    return true;
  }

  erase(
    recordingKey: string,
    deed: Deed,
    origin: Erasure["origin"] = "asked",
  ): Promise<AdminAnswer> {
    return this.#inTurn(recordingKey, async () => {
      const first = await this.#find(recordingKey);
      if ("refused" in first) return first.refused;
      await this.#delegate.withdraw(recordingKey);
      // An attempt that was under way may have committed it meanwhile.
      const found = await this.#find(recordingKey);
      if ("refused" in found) return found.refused;
      const obstacle = await this.#obstacle(recordingKey, found.place);
      if (obstacle !== null) return obstacle;
      if (found.place === null) await this.#eraseLivePair(recordingKey, { deed, origin });
      else await this.#eraseStored(found.place.drive, recordingKey, { deed, origin });
      return OK;
    });
  }

  /** Erasures of unstored recordings that a crash interrupted; before anything is stored. */
  async finishLiveErasures(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (!name.endsWith(MARKS.erase)) continue;
      const recordingKey = name.slice(0, -MARKS.erase.length);
      const calls = directCalls(this.#ports.disk);
      const deed = await readMark(calls, this.#options.liveDirectory, name);
      if (deed !== null) await this.#eraseLivePair(recordingKey, { deed, origin: "restart" });
    }
  }

  /** One that a crash interrupted, found on its drive. */
  async finishErasure(drive: PoolDrive, recordingKey: string): Promise<void> {
    const directory = directoryOf(drive.path, recordingKey);
    const deed = await readMark(callsOf(drive), directory, `${recordingKey}${MARKS.erase}`);
    if (deed !== null) await this.#eraseStored(drive, recordingKey, { deed, origin: "restart" });
  }

  // ---- How --------------------------------------------------------------------------------------

  async #eraseStored(drive: PoolDrive, recordingKey: string, order: Order): Promise<void> {
    const directory = directoryOf(drive.path, recordingKey);
    const calls = callsOf(drive);
    const journal = `${directory}/${recordingKey}${ENDINGS.journal}`;
    const row = await this.#rowOf(() => calls("read", (disk) => disk.readFile(journal)));
    const name = `${recordingKey}${MARKS.erase}`;
    const content = markOf(recordingKey, order.deed, this.#ports.clock.wallTimeMs());
    await writeMark(calls, directory, { name, content });
    await this.#removeLivePair(recordingKey);
    const bytes = await sizeOf(drive, directory, recordingKey);
    await removeRecording(drive, { key: recordingKey, directory });
    await removeFiles(calls, directory, [`${recordingKey}${MARKS.hold}`]);
    drive.usedBytes = Math.max(0, drive.usedBytes - bytes);
    this.#pools.forget(recordingKey);
    await this.#delegate.onErased(erasureOf(recordingKey, row, order));
    await removeMark(calls, directory, name);
  }

  async #eraseLivePair(recordingKey: string, order: Order): Promise<void> {
    const { liveDirectory } = this.#options;
    const calls = directCalls(this.#ports.disk);
    const journal = `${liveDirectory}/${recordingKey}${ENDINGS.journal}`;
    const row = await this.#rowOf(() => this.#ports.disk.readFile(journal));
    const name = `${recordingKey}${MARKS.erase}`;
    const content = markOf(recordingKey, order.deed, this.#ports.clock.wallTimeMs());
    await writeMark(calls, liveDirectory, { name, content });
    await this.#removeLivePair(recordingKey);
    await this.#delegate.onErased(erasureOf(recordingKey, row, order));
    await removeMark(calls, liveDirectory, name);
  }

  async #removeLivePair(recordingKey: string): Promise<void> {
    const names = [".ul", ENDINGS.journal, MARKS.hold].map((ending) => recordingKey + ending);
    await removeFiles(directCalls(this.#ports.disk), this.#options.liveDirectory, names);
  }

  async #rowOf(read: () => Promise<Uint8Array>): Promise<CatalogRow | null> {
    try {
      return this.#options.rowFromJournal(parseJournal(await read()));
    } catch (error) {
      // Half erased already: the journal has gone first.
      if (!(error instanceof DriveTrouble) && systemCode(error) === null) throw error;
      return null;
    }
  }

  // ---- Whether ----------------------------------------------------------------------------------

  async #find(
    recordingKey: string,
  ): Promise<{ readonly place: StoredPlace | null } | { readonly refused: AdminAnswer }> {
    if (!isRecordingKey(recordingKey)) return refused("not-found", "this is no recordingKey");
    const place = this.#pools.committed(recordingKey);
    if (place !== null) {
      const { drive } = place;
      if (!drive.isHung && drive.state !== "missing") return { place };
      return refused("drive-failed", `${drive.path} does not answer`);
    }
    const { disk } = this.#ports;
    const live = (ending: string) =>
      disk.status(`${this.#options.liveDirectory}/${recordingKey}${ending}`);
    if ((await live(".tmpvrtx")) !== null) {
      return refused("in-progress", "the recording has not ended yet");
    }
    if ((await live(ENDINGS.journal)) !== null) return { place: null };
    const unknown = this.#pools.unknownDrives();
    if (unknown.length > 0) {
      return refused("drive-failed", `it may be on ${unknown.join(", ")}, which cannot be read`);
    }
    return refused("not-found", "no drive and no live pair has this recording");
  }

  async #obstacle(recordingKey: string, place: StoredPlace | null): Promise<AdminAnswer | null> {
    if (this.#pools.held.has(recordingKey) || (await this.holdOf(recordingKey)) !== null) {
      return { ok: false, code: "held", detail: "a legal hold lies on the recording" };
    }
    const days = this.#options.keepAtLeastDays(place?.drive.pool ?? this.#pools.poolName(null));
    const began = beganTimeMs(recordingKey) ?? this.#ports.clock.wallTimeMs();
    // Both are wall times: the age has to survive restarts.
    if (began + days * MS_PER_DAY <= this.#ports.clock.wallTimeMs()) return null;
    if (days === 0) return null;
    return {
      ok: false,
      code: "kept",
      detail: `the pool keeps recordings ${days} days at least`,
    };
  }

  async #inTurn(recordingKey: string, work: () => Promise<AdminAnswer>): Promise<AdminAnswer> {
    const before = this.#turns.get(recordingKey) ?? Promise.resolve();
    const turn = before.then(() => answered(work));
    this.#turns.set(recordingKey, turn);
    const answer = await turn;
    if (this.#turns.get(recordingKey) === turn) this.#turns.delete(recordingKey);
    return answer;
  }
}

interface Order {
  readonly deed: Deed;
  readonly origin: Erasure["origin"];
}

function erasureOf(recordingKey: string, row: CatalogRow | null, order: Order): Erasure {
  const { by, reason } = order.deed;
  return { recordingKey, row, by, reason, origin: order.origin };
}

const OK: AdminAnswer = { ok: true };

function refused(code: AdminRefusal, detail: string): { readonly refused: AdminAnswer } {
  return { refused: { ok: false, code, detail } };
}

/** A disk that fails is an answer too; what was begun is finished at the next start. */
async function answered(work: () => Promise<AdminAnswer>): Promise<AdminAnswer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DriveTrouble) && systemCode(error) === null) throw error;
    return { ok: false, code: "drive-failed", detail: String(error) };
  }
}

function callsOf(drive: PoolDrive) {
  return <T>(what: string, work: (disk: Disk) => Promise<T>): Promise<T> => drive.call(what, work);
}

async function sizeOf(drive: PoolDrive, directory: string, key: string): Promise<number> {
  let bytes = 0;
  for (const ending of [ENDINGS.audio, ENDINGS.journal]) {
    const path = `${directory}/${key}${ending}`;
    bytes += (await drive.call("look", (disk) => disk.status(path)))?.sizeBytes ?? 0;
  }
  return bytes;
}
