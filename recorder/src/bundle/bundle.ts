// The support bundle: one zip with all that a fault report needs (R24) of a time span, of one
// recording, or of everything. Streams: no file is held whole. Every text goes through the mask of
// secret-mask.ts; what cannot be read is told in the manifest, and the rest goes on.
import { RecorderError, systemCode } from "../errors.ts";
import type { ReleasedAudio, MissingFile, Source } from "./contents.ts";
import { readPieces, readWholeLines, timeOfLine } from "../inspect/text-lines.ts";
import type { Span } from "../inspect/recording-files.ts";
import type { Disk } from "../ports/index.ts";
import type { SecretMask } from "./secret-mask.ts";
import { ZipWriter } from "./zip-file.ts";

export const BUNDLE_FORMAT = "tapeline-bundle";
/** Pieces of text are gathered to about so many characters. */
const TEXT_PIECE_CHARACTERS = 64 * 1024;

/** Text that is made for the bundle: configuration, versions, rules. */
export interface MadeText {
  readonly name: string;
  readonly why: string;
  readonly text: string;
}

export interface BundlePlan {
  /** Absolute; what is there is replaced when the new one is complete. */
  readonly path: string;
  readonly nowTimeMs: number;
  /** null: everything that is there. */
  readonly span: Span | null;
  readonly made: readonly MadeText[];
  readonly sources: readonly Source[];
  readonly released: readonly ReleasedAudio[];
  readonly missing: readonly MissingFile[];
  /** Further fields of the manifest. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Bytes of sources that are taken at most. */
  readonly limitBytes: number;
}

export interface BundleEntry {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly why: string;
  /** Where it was on the recorder's machine. */
  readonly source?: string;
  /** Something in it was masked: its sha256 is not the original's. */
  readonly masked?: true;
}

export interface BundleResult {
  readonly path: string;
  readonly bytes: number;
  readonly files: readonly BundleEntry[];
  readonly released: readonly ReleasedAudio[];
  readonly missing: readonly MissingFile[];
}

/** Rejects with BUNDLE_TOO_LARGE, or BUNDLE_FAILED when the zip cannot be written. */
export async function writeBundle(
  plan: BundlePlan,
  ports: { readonly disk: Disk; readonly mask: SecretMask },
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<BundleResult> {
  const totalBytes = plan.sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (totalBytes > plan.limitBytes) {
    const detail =
      `${plan.sources.length} files of ${sizeText(totalBytes)} in all; ` +
      `the limit is ${sizeText(plan.limitBytes)}`;
    throw new RecorderError("BUNDLE_TOO_LARGE", detail);
  }
  const zip = await guarded(plan.path, () => ZipWriter.create(ports.disk, plan.path));
  try {
    return await fill(zip, plan, { mask: ports.mask, onProgress, totalBytes });
  } catch (error) {
    await zip.abandon();
    throw failureOf(error, plan.path);
  }
}

async function fill(
  zip: ZipWriter,
  plan: BundlePlan,
  how: {
    readonly mask: SecretMask;
    readonly onProgress: (doneBytes: number, totalBytes: number) => void;
    readonly totalBytes: number;
  },
): Promise<BundleResult> {
  const { mask, onProgress, totalBytes } = how;
  const files: BundleEntry[] = [];
  const missing = [...plan.missing];
  const made = { modifiedTimeMs: plan.nowTimeMs, isCompressed: false };
  for (const { name, why, text } of plan.made) {
    files.push({ file: name, why, ...(await zip.add(name, textPieces(mask.text(text)), made)) });
  }
  let doneBytes = 0;
  for (const source of plan.sources) {
    const reading = new Reading(source, { mask, span: plan.span }, (bytes) => {
      doneBytes += bytes;
      onProgress(doneBytes, Math.max(totalBytes, doneBytes));
    });
    const { name, why, path, modifiedTimeMs, kind } = source;
    const maskedBefore = mask.count;
    const facts = await zip.add(name, reading.pieces(), {
      modifiedTimeMs,
      isCompressed: kind === "spx",
    });
    const isMasked = mask.count > maskedBefore;
    files.push({ file: name, why, ...facts, source: path, ...(isMasked ? { masked: true } : {}) });
    if (reading.trouble !== null) missing.push({ file: name, why: reading.trouble });
  }
  const { released, about, span } = plan;
  const manifest = {
    format: BUNDLE_FORMAT,
    version: 1,
    madeAt: new Date(plan.nowTimeMs).toISOString(),
    span: span === null ? null : spanText(span),
    ...about,
    files,
    released,
    missing,
  };
  const text = `${JSON.stringify(mask.value(manifest), null, 2)}\n`;
  await zip.add("manifest.json", textPieces(text), made);
  const bytes = await zip.finish();
  return { path: plan.path, bytes, files, released, missing };
}

/** One source on its way into the zip. */
class Reading {
  readonly #source: Source;
  readonly #how: { readonly mask: SecretMask; readonly span: Span | null };
  readonly #onRead: (bytes: number) => void;
  /** Why the entry lacks something; null = it is whole. */
  trouble: string | null = null;

  constructor(
    source: Source,
    how: { readonly mask: SecretMask; readonly span: Span | null },
    onRead: (bytes: number) => void,
  ) {
    this.#source = source;
    this.#how = how;
    this.#onRead = onRead;
  }

  /** A file that goes away or cannot be read ends the entry, not the bundle. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    const { kind } = this.#source;
    try {
      yield* kind === "ul" || kind === "spx" ? this.#bytes() : this.#text();
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      this.trouble =
        code === "ENOENT" ? "it went while the bundle was made" : `it cannot be read (${code})`;
    }
  }

  #bytes(): AsyncGenerator<Uint8Array> {
    return readPieces(this.#source, this.#options());
  }

  async *#text(): AsyncGenerator<Uint8Array> {
    const { mask, span } = this.#how;
    const isWhole = span === null || this.#source.kind === "journal";
    // A line that tells no time belongs to the one before it.
    let isInSpan = isWhole;
    let text = "";
    for await (const whole of readWholeLines(this.#source, this.#options())) {
      const line = whole.replace(/\n$/, "");
      const timeMs = isWhole ? null : timeOfLine(line);
      if (timeMs !== null && span !== null) isInSpan = isWithin(span, timeMs);
      if (!isInSpan) continue;
      const masked = mask.line(line);
      text += line === whole ? masked : `${masked}\n`;
      if (text.length < TEXT_PIECE_CHARACTERS) continue;
      yield Buffer.from(text);
      text = "";
    }
    if (text !== "") yield Buffer.from(text);
  }

  /** What is appended meanwhile is left out, so that a busy log comes to an end. */
  #options() {
    return { onRead: this.#onRead, limitBytes: this.#source.sizeBytes };
  }
}

function isWithin({ fromTimeMs, toTimeMs }: Span, timeMs: number): boolean {
  return timeMs >= fromTimeMs && timeMs <= toTimeMs;
}

async function* textPieces(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function spanText({ fromTimeMs, toTimeMs }: Span): { from: string; to: string } {
  const latestMs = 8_640_000_000_000_000;
  const text = (timeMs: number): string => new Date(Math.min(timeMs, latestMs)).toISOString();
  return { from: text(fromTimeMs), to: text(toTimeMs) };
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error, path);
  }
}

function failureOf(error: unknown, path: string): unknown {
  const code = error instanceof RecorderError ? null : systemCode(error);
  if (code === null) return error;
  return new RecorderError("BUNDLE_FAILED", `${path}: ${code}`, { cause: error });
}

/** "1.5 GiB", as people write it. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < units.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ""}`;
}
