// What a loss of power has torn out of a `.ul`: bytes that were written, but not yet synced, may
// come back as zeros, or not at all. Zero is not silence in µ-law but the loudest sample, so
// such a stretch is told as a gap and gets fill, before anything goes on with the file: what stands
// in a `.ul` was heard, or is fill that the journal names (design.md §5, "Live pair and crash").
import { parseJournal, serializeJournalLine } from "../audio/journal.ts";
import type { JournalLine } from "../audio/journal-lines.ts";
import { SAMPLES_PER_SECOND } from "../audio/g711.ts";
import { PauseGate } from "../media/pause-gate.ts";
import type { Disk } from "../ports/index.ts";

/** Live files are synced every 10 s; a slow disk takes longer. What is older is on the medium. */
export const UNSYNCED_LIMIT_SECONDS = 30;
/** No voice holds the loudest sample for 20 ms. */
export const TORN_RUN_BYTES = 160;
/** A disk tears whole sectors: what a write had of its first or last one may be short. */
const SECTOR_BYTES = 512;
/** Writes are of whole packets: pieces of them that end at a sector are of 32 bytes and more. */
export const TORN_PIECE_BYTES = 32;
/** Audio that clips for 2 ms elsewhere may have done so at a sector: no short piece counts then. */
export const CLIPPED_RUN_BYTES = 16;
const LOUDEST_POSITIVE = 0x80;
/** Samples that the journal knows and the file lacks: so many a crash of the process explains. */
export const MISSING_LIMIT_SAMPLES = SAMPLES_PER_SECOND / 2;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Fills and journals what is torn of a pair; answers whether anything was. */
export async function mendTornAudio(
  disk: Disk,
  stem: string,
  now: { readonly wallTimeMs: number },
): Promise<boolean> {
  const file = await disk.open(`${stem}.ul`, "update");
  try {
    const sizeBytes = (await disk.status(`${stem}.ul`))?.sizeBytes ?? 0;
    const start = Math.max(0, sizeBytes - UNSYNCED_LIMIT_SECONDS * SAMPLES_PER_SECOND);
    const torn = zeroRuns(await file.read(start, sizeBytes - start), start);
    const bytes = await disk.readFile(`${stem}.tmpvrtx`);
    const { lines, completeBytes } = parseJournal(bytes);
    torn.push(...missingTail(lines, sizeBytes));
    if (torn.length === 0) return false;
    const gate = new PauseGate({ fill: "silence", guardMs: 0 });
    gate.restore(lines);
    const known = lines.filter((line) => line.type === "gap");
    const gaps = torn
      .flatMap(({ from, to }) => gate.outside(from, to - from))
      .flatMap(({ from, samples }) => without({ from, to: from + samples }, known));
    // Journal first: after another crash the zeros are still there to be found.
    const sample = torn.reduce((most, { to }) => Math.max(most, to), sizeBytes);
    const text = gapLines(gaps, { lines, sample, wallTimeMs: now.wallTimeMs });
    await appendJournal(disk, `${stem}.tmpvrtx`, { text, completeBytes });
    for (const { from, to } of torn) {
      const fill = new Uint8Array(to - from);
      gate.writeFill(fill, from);
      await file.write(fill, from);
    }
    await file.sync();
    return true;
  } finally {
    await file.close();
  }
}

/** Torn stretches of zeros, as samples of the file that begins `offset` before `bytes`. */
export function zeroRuns(bytes: Uint8Array, offset: number): Span[] {
  const runs = runsOf(0, bytes).map(({ from, to }) => ({ from: offset + from, to: offset + to }));
  const torn = runs.filter((run) => run.to - run.from >= TORN_RUN_BYTES || isPiece(run));
  const isClipped = torn.length < runs.length || runsOf(LOUDEST_POSITIVE, bytes).length > 0;
  return isClipped ? torn.filter(({ from, to }) => to - from >= TORN_RUN_BYTES) : torn;
}

/** Stretches of one sample, as long as a voice that clips holds it, and longer. */
function runsOf(sample: number, bytes: Uint8Array): Span[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const pattern = Buffer.alloc(CLIPPED_RUN_BYTES, sample);
  const runs: Span[] = [];
  for (let from = view.indexOf(pattern); from >= 0;) {
    let to = from + CLIPPED_RUN_BYTES;
    while (to < view.length && view[to] === sample) to += 1;
    runs.push({ from, to });
    from = view.indexOf(pattern, to);
  }
  return runs;
}

/** What is left of a torn write in the sector in which it began or ended. */
function isPiece({ from, to }: Span): boolean {
  return to - from >= TORN_PIECE_BYTES && (from % SECTOR_BYTES === 0 || to % SECTOR_BYTES === 0);
}

/** Whether the call goes on or not, what comes next is told at no earlier sample than the last. */
function missingTail(lines: readonly JournalLine[], sizeBytes: number): Span[] {
  const to = lines.reduce((most, line) => Math.max(most, line.sample), 0);
  const missing = to - sizeBytes;
  const isPlausible = missing <= UNSYNCED_LIMIT_SECONDS * SAMPLES_PER_SECOND;
  return missing > MISSING_LIMIT_SAMPLES && isPlausible ? [{ from: sizeBytes, to }] : [];
}

/** The parts of `span` that no gap line explains yet. */
function without(
  span: Span,
  known: readonly { readonly fromSample: number; readonly samples: number }[],
): Span[] {
  let parts = [span];
  for (const { fromSample, samples } of known) {
    parts = parts.flatMap((part) => [
      { from: part.from, to: Math.min(part.to, fromSample) },
      { from: Math.max(part.from, fromSample + samples), to: part.to },
    ]);
    parts = parts.filter((part) => part.from < part.to);
  }
  return parts;
}

function gapLines(
  gaps: readonly Span[],
  at: {
    readonly lines: readonly JournalLine[];
    readonly sample: number;
    readonly wallTimeMs: number;
  },
): string {
  const stamps = {
    at: new Date(at.wallTimeMs).toISOString(),
    elapsedMs: at.lines.at(-1)?.elapsedMs ?? 0,
    sample: at.sample,
  };
  return gaps
    .map(({ from, to }) => ({ fromSample: from, samples: to - from, cause: "restart" }))
    .map((gap) => serializeJournalLine({ ...stamps, type: "gap", ...gap }))
    .join("");
}

/** A torn last line is cut off: the next one begins where the last whole one ended. */
async function appendJournal(
  disk: Disk,
  path: string,
  { text, completeBytes }: { readonly text: string; readonly completeBytes: number },
): Promise<void> {
  const file = await disk.open(path, "update");
  try {
    await file.truncate(completeBytes);
    await file.write(new TextEncoder().encode(text), completeBytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
