// The audio and the story of complete recordings, for the API: from the live pair while it is there
// (exact, any part at once), else from the pool's Speex file, decoded as a whole and kept while the
// answer goes out. Drives are given a limited time: one that hangs must not hang the API.
import { decodeUlawBytes } from "./audio/g711.ts";
import { parseJournal } from "./audio/journal.ts";
import { RecorderError, systemCode } from "./errors.ts";
import type { RecordedAudio, RecordingStory } from "./http/api.ts";
import type { CatalogRow, Disk, DiskFile, RecorderPorts } from "./ports/index.ts";
import { withDeadline } from "./storage/deadline.ts";

/** Longest wait for one call to a drive. */
const READ_LIMIT_MS = 10_000;
/** Longest decoding of one recording: hours of it take seconds. */
const DECODE_LIMIT_MS = 120_000;
/** Decoded audio of all exports at the same time. */
export const DECODED_LIMIT_BYTES = 512 * 1024 * 1024;
const SAMPLE_BYTES = 2;

type Ports = Pick<RecorderPorts, "clock" | "disk" | "driveDisk" | "encoder">;

export class RecordingReader {
  readonly #ports: Ports;
  readonly #liveDirectory: string;
  #decodedBytes = 0;

  constructor(ports: Ports, liveDirectory: string) {
    this.#ports = ports;
    this.#liveDirectory = liveDirectory;
  }

  /** null when no audio is left, or there never was any. */
  async openAudio(row: CatalogRow): Promise<RecordedAudio | null> {
    const spx = await this.#storedFile(row);
    const live = await this.#liveFile(row.recordingKey);
    const spxBytes = spx?.sizeBytes ?? null;
    const readSpx: RecordedAudio["readSpx"] = async (from, to) => {
      if (spx === null) throw new RecorderError("DRIVE_FAILED", row.path ?? row.recordingKey);
      return this.#readPart(spx.disk, spx.path, { from, to });
    };
    if (live !== null) {
      return {
        samples: live.sizeBytes,
        spxBytes,
        readSpx,
        readSamples: async (from, to) =>
          decodeUlawBytes(await this.#readPart(this.#ports.disk, live.path, { from, to })),
        close: () => Promise.resolve(),
      };
    }
    if (spx === null || row.samples === 0) return null;
    return { spxBytes, readSpx, ...this.#decoded(spx.path, row.samples) };
  }

  /** null when the journal cannot be read. */
  async storyOf(row: CatalogRow): Promise<RecordingStory | null> {
    const { disk, driveDisk } = this.#ports;
    const stored = row.path?.replace(/\.spx$/, ".vrtx") ?? null;
    const places = [
      ...(stored === null || row.drive === null
        ? []
        : [{ disk: driveDisk(row.drive), path: stored }]),
      { disk, path: `${this.#liveDirectory}/${row.recordingKey}.vrtx` },
    ];
    for (const place of places) {
      try {
        return storyIn(await this.#limited(place.disk.readFile(place.path)));
      } catch (error) {
        if (systemCode(error) === null && !(error instanceof RecorderError)) throw error;
      }
    }
    return null;
  }

  async #storedFile(row: CatalogRow) {
    const { drive, path } = row;
    if (drive === null || path === null || !path.endsWith(".spx")) return null;
    const disk = this.#ports.driveDisk(drive);
    const status = await this.#limited(disk.status(path));
    return status === null ? null : { disk, path, sizeBytes: status.sizeBytes };
  }

  async #liveFile(recordingKey: string) {
    const path = `${this.#liveDirectory}/${recordingKey}.ul`;
    const status = await this.#limited(this.#ports.disk.status(path));
    const isThere = status !== null && status.sizeBytes > 0;
    return isThere ? { path, sizeBytes: status.sizeBytes } : null;
  }

  async #readPart(
    disk: Disk,
    path: string,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<Uint8Array> {
    const file: DiskFile = await this.#limited(disk.open(path, "read"));
    try {
      return await this.#limited(file.read(from, to - from));
    } finally {
      await file.close();
    }
  }

  /** Decodes at the first read; exactly `samples` long, as the recording was. */
  #decoded(
    path: string,
    samples: number,
  ): Pick<RecordedAudio, "samples" | "readSamples" | "close"> {
    const bytes = samples * SAMPLE_BYTES;
    let decoding: Promise<Int16Array> | null = null;
    return {
      samples,
      readSamples: async (from, to) => {
        if (decoding === null) {
          this.#reserve(bytes);
          decoding = this.#decode(path, samples);
        }
        return (await decoding).subarray(from, to);
      },
      close: () => {
        if (decoding !== null) this.#decodedBytes -= bytes;
        decoding = null;
        return Promise.resolve();
      },
    };
  }

  #reserve(bytes: number): void {
    const isFirst = this.#decodedBytes === 0;
    if (!isFirst && this.#decodedBytes + bytes > DECODED_LIMIT_BYTES) {
      const detail = `${this.#decodedBytes} bytes are decoded for others`;
      throw new RecorderError("EXPORTS_BUSY", detail);
    }
    this.#decodedBytes += bytes;
  }

  async #decode(path: string, samples: number): Promise<Int16Array> {
    const decoded = new Int16Array(samples);
    let at = 0;
    const work = this.#ports.encoder.decode(path, (piece) => {
      const fitting = piece.subarray(0, Math.max(0, samples - at));
      decoded.set(fitting, at);
      at += fitting.length;
    });
    await this.#limited(work, DECODE_LIMIT_MS);
    return decoded;
  }

  async #limited<T>(work: Promise<T>, limitMs = READ_LIMIT_MS): Promise<T> {
    try {
      return await withDeadline(this.#ports.clock, { name: "http.read", limitMs }, work);
    } catch (error) {
      if (systemCode(error) !== "ETIMEDOUT") throw error;
      throw new RecorderError("DRIVE_FAILED", `no answer in ${limitMs} ms`, { cause: error });
    }
  }
}

function storyIn(bytes: Uint8Array): RecordingStory {
  const { lines } = parseJournal(bytes);
  const pauses: { fromSample: number; toSample: number | null; by: string; via: string }[] = [];
  const events: RecordingStory["events"][number][] = [];
  const gaps: RecordingStory["gaps"][number][] = [];
  const messages: RecordingStory["messages"][number][] = [];
  let sha256: string | null = null;
  for (const line of lines) {
    switch (line.type) {
      case "sip": {
        const { at, direction, transport, from, to } = line;
        const text = line.text.replace(/^a=crypto:.*$/gm, "a=crypto:(not shown)");
        messages.push({ at, direction, transport, from, to, text });
        break;
      }
      case "event": {
        const { eventId, kind, fromSample, toSample, parties } = line;
        events.push({ eventId, kind, fromSample, toSample, parties });
        break;
      }
      case "pause":
        pauses.push({ fromSample: line.fromSample, toSample: null, by: line.by, via: line.via });
        break;
      case "resume": {
        const open = pauses.at(-1);
        if (open !== undefined) open.toSample ??= line.toSample;
        break;
      }
      case "gap":
        gaps.push({ fromSample: line.fromSample, samples: line.samples, cause: line.cause });
        break;
      case "end":
        ({ sha256 } = line);
        break;
      default:
        break;
    }
  }
  return { sha256, events, pauses, gaps, messages };
}
