// Everything a run left behind, read from files and observers: what the checkers judge. Journals
// are read here as plain JSON lines: a second reading, not the recorder's own.
import type { PbxTruth } from "@tapeline/simulator/pbx";
import type { DatagramFate } from "@tapeline/simulator/world";
import type { Scenario } from "@tapeline/scenarios";
import type {
  CatalogFact,
  Environment,
  HeardAudio,
  OwnAccount,
} from "../environment/environment.ts";
import type {
  CommitObservation,
  DevLink3Observation,
  FaultObservation,
  LifeEvent,
  PauseObservation,
  SipObservation,
  StreamMessage,
  SurvivingJournal,
} from "../environment/observations.ts";

/** A journal line: stamps and fields as formats.md lists them. */
export interface JournalEntry {
  readonly type: string;
  readonly at: string;
  readonly elapsedMs: number;
  readonly sample: number;
  readonly [field: string]: unknown;
}

export interface RecordedFile {
  readonly recordingKey: string;
  /** `.vrtx` of the live directory, or the pool's where the live one is released. */
  readonly journal: readonly JournalEntry[];
  /** True when the journal is still a `.tmpvrtx`. */
  readonly isInProgress: boolean;
  readonly audio: Uint8Array | null;
  readonly livePath: string | null;
  /** Journals and audio in the drives of the pool, by drive index. */
  readonly stored: readonly {
    readonly drive: number;
    readonly path: string;
    readonly journal: readonly JournalEntry[];
    readonly spx: Uint8Array | null;
  }[];
}

/** Whether the datagrams are known at both ends: not in live runs without a relay. */
export function isWireSeen({ mode, fates }: Pick<RunRecord, "mode" | "fates">): boolean {
  return mode === "virtual" || fates.length > 0;
}

export interface RunRecord {
  readonly scenario: Scenario;
  readonly mode: "virtual" | "live";
  readonly truth: PbxTruth;
  readonly sip: readonly SipObservation[];
  readonly devlink3: readonly DevLink3Observation[];
  /** Datagrams with their arrivals; empty in live mode without a relay. */
  readonly fates: readonly DatagramFate[];
  /** SIP on streams, likewise; without it there is only what the IP Office saw. */
  readonly streamMessages?: readonly StreamMessage[];
  readonly recordings: readonly RecordedFile[];
  /** Files in live directory and pools that belong to no recording or are unfinished. */
  readonly litter: readonly string[];
  /** Of these, what holds audio by its name. */
  readonly litterAudio: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Rows of calls.jsonl. */
  readonly calls: readonly Readonly<Record<string, unknown>>[];
  /** The recorder's catalog, before it was stopped. */
  readonly catalog: readonly CatalogFact[];
  /** What the recorder said of the run, before it was stopped. */
  readonly account?: OwnAccount;
  /** When the recorder was told to stop, on the clock of the IP Office. */
  readonly stoppedMs?: number;
  /** Starts and crashes of the recorder. */
  readonly life: readonly LifeEvent[];
  /** What was broken and healed, on the same clock. */
  readonly faults: readonly FaultObservation[];
  /** Journals that got their last name in a pool; virtual runs only. */
  readonly commits: readonly CommitObservation[];
  /** What crashes left of the journals of recordings in progress. */
  readonly survivors: readonly SurvivingJournal[];
  readonly listeners: readonly HeardAudio[];
  /** Pauses that the story knows of. */
  readonly pauses: readonly PauseObservation[];
  /** Every file of the recorder, of a run with pauses or with SRTP. */
  readonly artefacts: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly leftovers: readonly string[];
  readonly violations: readonly string[];
  readonly log: readonly string[];
}

/** What only the run itself can tell; the rest is read from files and observers. */
export interface RunEnd {
  readonly listeners: readonly HeardAudio[];
  readonly catalog: readonly CatalogFact[];
  readonly account?: OwnAccount;
  /** When the recorder was told to stop, on the clock of the IP Office. */
  readonly stoppedMs?: number;
  readonly leftovers: readonly string[];
}

export async function collect(environment: Environment, end: RunEnd): Promise<RunRecord> {
  const { directories, files, pbx, observations, scenario, mode } = environment;
  const live = await files.list(directories.live);
  const pools = await Promise.all(directories.pools.map((pool) => files.list(pool)));
  const keys = new Set(
    [...live, ...pools.flat()].map(keyOf).filter((key): key is string => key !== null),
  );
  const recordings: RecordedFile[] = [];
  for (const key of [...keys].sort(byStart)) {
    recordings.push(await readRecording(environment, key, { live, pools }));
  }
  recordings.sort((left, right) => legNumber(pbx.truth, left) - legNumber(pbx.truth, right));
  const litter = [...live, ...pools.flat()].filter((path) => keyOf(path) === null);
  return {
    scenario,
    mode,
    truth: pbx.truth,
    sip: observations.sip,
    devlink3: observations.devlink3,
    fates: environment.fates,
    ...(environment.streamMessages === undefined
      ? {}
      : { streamMessages: environment.streamMessages }),
    recordings,
    litter,
    litterAudio: await Promise.all(
      litter
        .filter((path) => path.includes(".ul"))
        .map(async (path) => ({ path, bytes: await files.read(path) })),
    ),
    calls: await readLines(environment, `${directories.state}/calls.jsonl`),
    life: observations.life,
    faults: observations.faults,
    commits: observations.commits,
    survivors: observations.survivors,
    pauses: observations.pauses,
    artefacts: hasSecrets(environment) ? await allFiles(environment) : [],
    ...end,
    violations: pbx.violations(),
    log: await environment.recorderLog(),
  };
}

/** Something must be nowhere: what was paused, or a key. */
function hasSecrets({ observations, pbx }: Environment): boolean {
  const legs = pbx.truth.conversations.flatMap((conversation) => conversation.legs);
  return observations.pauses.length > 0 || legs.some(({ srtp }) => srtp === true);
}

async function allFiles({ directories, files }: Environment): Promise<RunRecord["artefacts"]> {
  const { live, pools, state, log } = directories;
  const found: RunRecord["artefacts"][number][] = [];
  for (const directory of [live, ...pools, state, log]) {
    for (const path of await files.list(directory)) {
      found.push({ name: path, bytes: await files.read(path) });
    }
  }
  return found;
}

/** UUID, start in epoch ms, and nothing else (formats.md, "Identity"). */
const RECORDING_FILE =
  /(?:^|\/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d+)\.(?:ul|tmpvrtx|vrtx|spx|hold)$/;

/** The recordingKey of a file that belongs to one; null for anything else (`.part`, strays). */
function keyOf(path: string): string | null {
  return RECORDING_FILE.exec(path)?.[1] ?? null;
}

/** Several recordings may begin in the same millisecond: the IP Office's own order decides. */
function legNumber(truth: PbxTruth, recording: RecordedFile): number {
  const sipCallId = entries(recording, "header")[0]?.["sipCallId"];
  const legs = truth.conversations.flatMap((conversation) => conversation.legs);
  return legs.find((leg) => leg.sipCallId === sipCallId)?.leg ?? 0;
}

function byStart(left: string, right: string): number {
  const start = (key: string): number => Number(/-(\d+)$/.exec(key)?.[1] ?? 0);
  return start(left) - start(right) || (left < right ? -1 : 1);
}

interface Paths {
  readonly live: readonly string[];
  readonly pools: readonly (readonly string[])[];
}

async function readRecording(
  environment: Environment,
  key: string,
  paths: Paths,
): Promise<RecordedFile> {
  const { files } = environment;
  const find = (ending: string): string | undefined =>
    paths.live.find((path) => path.endsWith(`${key}.${ending}`));
  const stored: RecordedFile["stored"][number][] = [];
  for (const [drive, list] of paths.pools.entries()) {
    const path = list.find((candidate) => candidate.endsWith(`${key}.vrtx`));
    if (path === undefined) continue;
    const spx = list.find((candidate) => candidate.endsWith(`${key}.spx`));
    stored.push({
      drive,
      path,
      journal: parseJournal(await files.read(path)),
      spx: spx === undefined ? null : await files.read(spx),
    });
  }
  const [audio, done, open] = [find("ul"), find("vrtx"), find("tmpvrtx")];
  const journalPath = done ?? open;
  return {
    recordingKey: key,
    journal:
      journalPath === undefined
        ? (stored[0]?.journal ?? [])
        : parseJournal(await files.read(journalPath)),
    isInProgress: open !== undefined,
    audio: audio === undefined ? null : await files.read(audio),
    livePath: audio ?? null,
    stored,
  };
}

function parseJournal(bytes: Uint8Array): JournalEntry[] {
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line !== "")
    .map(parseLine);
}

/** A power cut may leave a hole in the middle of a file. */
const UNREADABLE: JournalEntry = { type: "unreadable", at: "", elapsedMs: 0, sample: 0 };

function parseLine(line: string): JournalEntry {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch (error) {
    if (error instanceof SyntaxError) return UNREADABLE;
    throw error;
  }
}

async function readLines(
  environment: Environment,
  path: string,
): Promise<Readonly<Record<string, unknown>>[]> {
  const directory = path.slice(0, path.lastIndexOf("/"));
  const paths = await environment.files.list(directory);
  if (!paths.includes(path)) return [];
  const text = new TextDecoder().decode(await environment.files.read(path));
  // A last line without its end is what a power loss has torn, and so is one whose beginning came
  // back as zeros, which JSON never has: no row, for the recorder neither.
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "" && !line.includes("\0"))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

export function entries(recording: RecordedFile, type: string): readonly JournalEntry[] {
  return recording.journal.filter((entry) => entry.type === type);
}

/** A number of a journal line. Throws where the journal breaks its own format. */
export function count(entry: JournalEntry, field: string): number {
  const value = entry[field];
  if (typeof value === "number") return value;
  throw new Error(`journal line ${entry.type} has no number ${field}`);
}
