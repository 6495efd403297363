// `tapeline-recorder reconcile`: the calls that the PBX reported on a day against the recordings,
// read from calls.jsonl and the journals alone: the catalog may be gone, and the recorder may run.
import { readFile, readdir, stat } from "node:fs/promises";
import { reconcile } from "../association/reconciliation.ts";
import {
  REPORT_FORMATS,
  reportText,
  startOfDay,
  type ReportFormat,
} from "../association/reconciliation-text.ts";
import type { KeptRecording } from "../association/reconciliation-input.ts";
import { parseJournal } from "../audio/journal.ts";
import type { RecorderConfig } from "../config.ts";
import { systemCode } from "../errors.ts";
import { nodeClock, nodeDisk } from "../ports/node/index.ts";
import { rowFromJournal } from "../recording/journal-row.ts";
import { planRecovery } from "../recording/recovery-plan.ts";
import { StateFile } from "../storage/state-file.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { offlineConfig } from "./offline-storage.ts";

const DAY_MS = 86_400_000;

export interface ReconcileOptions {
  readonly config: string;
  /** "2026-11-22" (UTC); none: today, as far as it has come. */
  readonly day: string | null;
  readonly format: string;
}

export async function reconcileCommand(
  options: ReconcileOptions,
  environment: Environment,
): Promise<number> {
  const format = REPORT_FORMATS.find((one) => one === options.format);
  if (format === undefined) {
    return refuse(`--format ${options.format}: use ${REPORT_FORMATS.join(", ")}.`);
  }
  const clock = nodeClock();
  const day = options.day ?? new Date(clock.wallTimeMs()).toISOString().slice(0, 10);
  const fromMs = startOfDay(day);
  if (fromMs === null) return refuse(`--day ${day}: write a day like 2026-11-22 (UTC).`);
  const config = await offlineConfig(options.config, environment);
  if (config === null) return EXIT.usage;
  try {
    await print(config, { day, fromMs, format, nowMs: clock.wallTimeMs() });
    return EXIT.ok;
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    const words = error instanceof Error ? error.message : code;
    process.stderr.write(`The files cannot be read: ${words}\n`);
    return EXIT.failed;
  }
}

function refuse(problem: string): number {
  process.stderr.write(`${problem}\n`);
  return EXIT.usage;
}

async function print(
  config: RecorderConfig,
  about: {
    readonly day: string;
    readonly fromMs: number;
    readonly format: ReportFormat;
    readonly nowMs: number;
  },
): Promise<void> {
  const { day, fromMs, format, nowMs } = about;
  const files = ["calls", "links"].map((name) => `${config.state.directory}/${name}.jsonl`);
  const rows = (await Promise.all(files.map((path) => rowsOf(path)))).flat();
  const recordings = await recordingsOf(config, fromMs);
  const span = { fromMs, toMs: fromMs + DAY_MS, day, nowMs };
  process.stdout.write(reportText(reconcile(rows, recordings, span), format));
}

async function rowsOf(path: string) {
  const ports = { clock: nodeClock(), disk: nodeDisk() };
  const file = new StateFile(path, ports, { onProblem: () => undefined });
  const { rows, damagedCount } = await file.rows();
  if (damagedCount > 0) process.stderr.write(`${path}: ${damagedCount} damaged lines left out.\n`);
  return rows;
}

/** Those of the day, and of the next one: a call's later parts may begin after midnight. */
async function recordingsOf(config: RecorderConfig, fromMs: number): Promise<KeptRecording[]> {
  const drives = config.pools.flatMap((pool) => pool.drives.map(({ path }) => path));
  const days = [fromMs, fromMs + DAY_MS].map((ms) =>
    new Date(ms).toISOString().slice(0, 10).replaceAll("-", "/"),
  );
  const found = new Map<string, KeptRecording>();
  const take = (recording: KeptRecording | null): void => {
    if (recording !== null) found.set(recording.recordingKey, recording);
  };
  for (const name of await names(config.live.directory)) {
    take(await recordingOf(`${config.live.directory}/${name}`));
  }
  for (const drive of drives) {
    for (const day of days) {
      for (const name of await names(`${drive}/${day}`)) {
        take(await recordingOf(`${drive}/${day}/${name}`));
      }
    }
  }
  return [...found.values()];
}

async function names(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return [];
    if (code === null) throw error;
    process.stderr.write(`${directory} cannot be read (${code}); its recordings are left out.\n`);
    return [];
  }
}

/** null for what is no journal. */
async function recordingOf(path: string): Promise<KeptRecording | null> {
  if (path.endsWith(".tmpvrtx")) return openRecording(path);
  if (!path.endsWith(".vrtx")) return null;
  const bytes = await readIfThere(path);
  const row = bytes === null ? null : rowFromJournal(parseJournal(bytes));
  return row === null ? null : { ...row, isInProgress: false };
}

/** A recording in progress, or one that a crash left and no start has taken up yet. */
async function openRecording(path: string): Promise<KeptRecording | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  const samples = await sizeOf(path.replace(/tmpvrtx$/, "ul"));
  const step = planRecovery(parseJournal(bytes), samples);
  if (step.kind !== "resume") return null;
  const { recordingKey, sipCallId, beganTimeMs, association } = step.plan;
  return {
    ...{ recordingKey, sipCallId, startTimeMs: beganTimeMs, samples },
    callKey: association?.callKey ?? null,
    part: association?.part ?? null,
    agent: association?.agent ?? null,
    extension: association?.extension ?? null,
    parties: association?.parties ?? [],
    ...{ outcome: "ok", why: null, recovered: false, loss: 0, isInProgress: true },
  };
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return 0;
  }
}
