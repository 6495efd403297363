// Finishes the live pairs that a crash left behind without taking calls: for `recover`, when the
// recorder itself is not to be started. Each journal gets its end, each pair its final name; the
// audio stays as it is on the disk.
import { createHash } from "node:crypto";
import { parseJournal, serializeJournalLine } from "../audio/journal.ts";
import type { JournalLine } from "../audio/journal-lines.ts";
import type { Logger } from "../log.ts";
import type { Clock, Disk, RecordingStatistics } from "../ports/index.ts";
import { decideOutcome } from "./decide-outcome.ts";
import { recover } from "./recovery.ts";
import type { ResumePlan } from "./recovery-plan.ts";

/** Bytes hashed at a time. */
const PIECE_BYTES = 256 * 1024;

const UNKNOWN_STATISTICS: RecordingStatistics = {
  ...{ packetsReceived: 0, packetsLost: 0, packetsLate: 0, packetsDuplicate: 0, packetsStray: 0 },
  ...{ jitterMs: 0, mos: null, mosMethod: null, lossRatio: 0, kernelDrops: 0 },
};

export interface FinishedPair {
  readonly recordingKey: string;
  readonly samples: number;
  readonly outcome: string;
}

/** Puts every live pair in order; answers those that it has finished. */
export async function recoverOffline(
  liveDirectory: string,
  ports: {
    readonly disk: Disk;
    readonly clock: Clock;
    readonly log: Logger;
    readonly discarded: { keys(): Iterable<string> };
  },
  onProgress: (done: number, total: number) => void,
): Promise<FinishedPair[]> {
  const { disk, clock, log, discarded } = ports;
  const plans: ResumePlan[] = [];
  await recover(
    liveDirectory,
    { disk, log, wallTimeMs: () => clock.wallTimeMs(), discarded },
    { restore: () => null, resume: (plan) => void plans.push(plan) },
  );
  const finished: FinishedPair[] = [];
  for (const plan of plans) {
    finished.push(await finish(liveDirectory, plan, ports));
    onProgress(finished.length, plans.length);
  }
  return finished;
}

async function finish(
  directory: string,
  plan: ResumePlan,
  { disk, clock }: { readonly disk: Disk; readonly clock: Clock },
): Promise<FinishedPair> {
  const { recordingKey } = plan;
  const stem = `${directory}/${recordingKey}`;
  const { samples, sha256 } = await hashOf(disk, `${stem}.ul`);
  const { outcome, why } = decideOutcome({
    samples,
    statistics: UNKNOWN_STATISTICS,
    degradedBy: new Set(plan.isDialogOver && !plan.isTorn ? [] : ["restart"]),
    endReason: plan.endReason ?? null,
    verdict: { keep: true, why: null },
  });
  const journal = parseJournal(await disk.readFile(`${stem}.tmpvrtx`));
  const stamps = {
    at: new Date(clock.wallTimeMs()).toISOString(),
    elapsedMs: journal.lines.at(-1)?.elapsedMs ?? 0,
    sample: samples,
  };
  const lines = [
    ...resumeOf(journal.lines, samples).map((line) => ({ ...stamps, ...line })),
    {
      ...{ ...stamps, type: "end", reason: plan.endReason ?? "recovered", outcome },
      ...(why === null ? {} : { why }),
      ...{ samples, sha256, recovered: true },
    },
  ];
  const text = lines.map((line) => serializeJournalLine(line)).join("");
  const file = await disk.open(`${stem}.tmpvrtx`, "update");
  try {
    // A torn last line is cut off: the next one begins where the last whole one ended.
    await file.truncate(journal.completeBytes);
    await file.write(new TextEncoder().encode(text), journal.completeBytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(`${stem}.tmpvrtx`, `${stem}.vrtx`);
  await disk.syncDirectory(directory);
  return { recordingKey, samples, outcome };
}

/** A pause that was still on ends where the audio ends. */
function resumeOf(lines: readonly JournalLine[], samples: number) {
  const last = lines.findLast((line) => line.type === "pause" || line.type === "resume");
  if (last?.type !== "pause") return [];
  const { fromSample, fill } = last;
  const toSample = Math.max(fromSample, samples);
  return [{ type: "resume", fromSample, toSample, by: "recover", via: "auto", fill }];
}

async function hashOf(disk: Disk, path: string): Promise<{ samples: number; sha256: string }> {
  const hash = createHash("sha256");
  const file = await disk.open(path, "update");
  try {
    // The bytes that the journal will vouch for are on the medium first.
    await file.sync();
    for (let samples = 0; ;) {
      const piece = await file.read(samples, PIECE_BYTES);
      hash.update(piece);
      samples += piece.length;
      if (piece.length < PIECE_BYTES) return { samples, sha256: hash.digest("hex") };
    }
  } finally {
    await file.close();
  }
}
