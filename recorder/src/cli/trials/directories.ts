// Directories: can they be made and written, on which file system do they lie, and for how many
// hours of recording is there room (formats.md: 8,000 bytes a second, until it is Speex).
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { RecorderConfig } from "../../config.ts";
import { RecorderError, systemCode } from "../../errors.ts";
import { nodeDisk } from "../../ports/node/index.ts";
import { spxBytesPerSecond, UL_BYTES_PER_SECOND } from "../../sizing.ts";
import { fileSystemOf, objectionTo } from "./file-systems.ts";
import { good, problem, warning, type Trial } from "./trial.ts";

/** With less room for this many hours at the configured load there is a warning. */
const ROOM_WARNING_HOURS = 1;
const SECONDS_PER_HOUR = 3_600;

interface Place {
  readonly path: string;
  readonly directory: string;
  /** What would be lost with it. */
  readonly what: string;
  /** Bytes a second of one recording there; 0 = no recordings go there. */
  readonly bytesPerSecond: number;
  readonly maximumBytes: number;
}

/** Every directory that the recorder writes. */
export function tryDirectories(config: RecorderConfig): Promise<Trial[]>[] {
  return placesOf(config).map((place) => tryPlace(place, config.sip.maximumCalls));
}

function placesOf(config: RecorderConfig): Place[] {
  const plain = { bytesPerSecond: 0, maximumBytes: Number.POSITIVE_INFINITY };
  const { live, state, log, catalog, pools, encoder } = config;
  return [
    {
      ...plain,
      path: "live.directory",
      directory: live.directory,
      what: "running and unstored calls",
      bytesPerSecond: UL_BYTES_PER_SECOND,
    },
    {
      ...plain,
      path: "state.directory",
      directory: state.directory,
      what: "audit, keys and rules",
    },
    { ...plain, path: "log.directory", directory: log.directory, what: "the log" },
    { ...plain, path: "catalog.file", directory: dirname(catalog.file), what: "the index" },
    ...pools.flatMap((pool, index) =>
      pool.drives.map((drive, number) => ({
        path: `pools[${index}].drives[${number}].path`,
        directory: drive.path,
        what: "recordings",
        bytesPerSecond: spxBytesPerSecond(encoder.quality),
        maximumBytes: drive.maxBytes,
      })),
    ),
  ];
}

async function tryPlace(place: Place, maximumCalls: number): Promise<Trial[]> {
  const { path, directory } = place;
  try {
    await proveWritable(directory);
    const status = await statfs(directory);
    const fileSystem = fileSystemOf(status.type);
    const objection = objectionTo(fileSystem, place.what);
    const freeBytes = status.bavail * status.bsize;
    const where = `${directory} can be written; ${fileSystem.name}, ${gigabytes(freeBytes)} free`;
    return [
      place.bytesPerSecond === 0
        ? good(path, where)
        : room({ place, where, freeBytes }, maximumCalls),
      ...(objection === null ? [] : [warning(path, ...objection)]),
    ];
  } catch (error) {
    const detail = `${directory}: ${systemCode(error) ?? String(error)}`;
    return [problem(path, new RecorderError("DIRECTORY_NOT_WRITABLE", detail))];
  }
}

async function proveWritable(directory: string): Promise<void> {
  const disk = nodeDisk();
  const probe = `${directory}/.tapeline-probe`;
  await disk.makeDirectory(directory);
  const file = await disk.open(probe, "append");
  await file.close();
  await disk.remove(probe);
}

function room(
  found: { readonly place: Place; readonly where: string; readonly freeBytes: number },
  maximumCalls: number,
): Trial {
  const { path, bytesPerSecond, maximumBytes } = found.place;
  const usableBytes = Math.min(found.freeBytes, maximumBytes);
  const { one, all } = hoursOfRecording({ usableBytes, bytesPerSecond, maximumCalls });
  const detail =
    `${found.where}: ${hours(one)} of recording, ` +
    `${hours(all)} with ${maximumCalls.toLocaleString("en-US")} calls at once`;
  if (all >= ROOM_WARNING_HOURS) return good(path, detail);
  return warning(
    path,
    detail,
    "Give it more space, or lower sip.maximumCalls to what is expected.",
  );
}

/** How long it lasts for one recording, and for all that may be at once. Pure. */
export function hoursOfRecording(given: {
  readonly usableBytes: number;
  readonly bytesPerSecond: number;
  readonly maximumCalls: number;
}): { readonly one: number; readonly all: number } {
  const one = given.usableBytes / given.bytesPerSecond / SECONDS_PER_HOUR;
  return { one, all: one / given.maximumCalls };
}

function hours(value: number): string {
  return value < 100 ? `${value.toFixed(1)} h` : `${Math.floor(value).toLocaleString("en-US")} h`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
