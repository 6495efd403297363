// The part of the composition root that reckons calls against recordings, and lets somebody tie an
// orphan to its call afterwards: rows of calls.jsonl, never the journal (design.md §5,
// "Association").
import { reconcile, type ReconciliationReport } from "./association/reconciliation.ts";
import { REPORT_TYPES, reportText, type ReportFormat } from "./association/reconciliation-text.ts";
import { rowTimeMs, type KeptRecording } from "./association/reconciliation-input.ts";
import type { ManualAnswer, ManualAssociation, Reconciliation, StateRow } from "./http/api.ts";
import { rowOfView } from "./http/recording-view.ts";
import type { Catalog, CatalogRow, Clock, Disk } from "./ports/index.ts";
import type { RecordingView } from "./recording/recordings.ts";
import { visitRowsBackwards } from "./storage/row-reader.ts";
import type { StateFile } from "./storage/state-file.ts";

const HOUR_MS = 3_600_000;
/** How far back rows are read for what was open, or down, at the beginning of the span. */
const ROWS_BEFORE_MS = 48 * HOUR_MS;
/** Parts of a call that began in the span may begin this much later. */
const LONGEST_CALL_MS = 24 * HOUR_MS;
const PAGE_ROWS = 1_000;
/** Recordings that one report takes in. */
export const RECORDINGS_LIMIT = 1_000_000;

/** What a tie by hand takes the place of. */
type JournalSays = Pick<CatalogRow, "callKey" | "part" | "extension" | "agent">;

interface Sources {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly catalog: Catalog;
  readonly callsPath: string;
  readonly calls: StateFile;
  readonly linksPath: string;
  readonly links: StateFile;
  /** Complete, in no pool yet. */
  readonly unstored: () => readonly CatalogRow[];
  readonly inProgress: () => readonly RecordingView[];
}

export class RecorderReconciliation implements Reconciliation {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  async report(span: {
    readonly fromTimeMs: number;
    readonly toTimeMs: number;
    readonly day: string | null;
  }): Promise<ReconciliationReport> {
    const { fromTimeMs: fromMs, toTimeMs: toMs, day } = span;
    const rows = await this.#rows(fromMs - ROWS_BEFORE_MS);
    const recordings = await this.#recordings(fromMs, toMs + LONGEST_CALL_MS);
    const nowMs = this.#sources.clock.wallTimeMs();
    return reconcile(rows, recordings, { fromMs, toMs, day, nowMs });
  }

  print(report: ReconciliationReport, format: ReportFormat) {
    return { type: REPORT_TYPES[format], text: reportText(report, format) };
  }

  /** The tie is a row; the catalog, which is only an index, follows. */
  async associate(recordingKey: string, tie: ManualAssociation): Promise<ManualAnswer> {
    const { catalog, calls } = this.#sources;
    const row = await catalog.get(recordingKey);
    if (row === null) return { ok: false, code: "not-found" };
    const { callKey, by } = tie;
    const before = await this.#before(row);
    if (callKey === null) {
      this.#append({ recordingKey, callKey: null, by });
      await calls.settled();
      await catalog.put({ ...row, ...before });
      return { ok: true, callKey: null, part: null };
    }
    const call = await this.#find("call", "callKey", callKey);
    if (call === null) return { ok: false, code: "unknown-call" };
    const part = tie.part ?? row.part;
    const found = partsOf(call).find((one) => one["part"] === part);
    const extension = tie.extension ?? textOf(found?.["extension"]) ?? row.extension;
    const agent = textOf(found?.["agent"]) ?? row.agent ?? extension;
    this.#append({ recordingKey, callKey, part, extension, agent, by, before });
    await calls.settled();
    await catalog.put({ ...row, callKey, part, extension, agent });
    return { ok: true, callKey, part };
  }

  /** What the journal says, before anybody tied it: the first tie has kept it. */
  async #before(row: CatalogRow): Promise<JournalSays> {
    const { recordingKey, callKey, part, extension, agent } = row;
    const last = await this.#find("association", "recordingKey", recordingKey);
    const before = last?.["callKey"] === null ? null : last?.["before"];
    if (typeof before !== "object" || before === null) return { callKey, part, extension, agent };
    return before as JournalSays;
  }

  #append(tie: Readonly<Record<string, unknown>>): void {
    const at = new Date(this.#sources.clock.wallTimeMs()).toISOString();
    this.#sources.calls.append({ version: 1, type: "association", at, ...tie });
  }

  /** Of each file oldest first. */
  async #rows(sinceMs: number): Promise<StateRow[]> {
    const { callsPath, calls, linksPath, links } = this.#sources;
    await Promise.all([calls.settled(), links.settled()]);
    const found = await Promise.all([
      this.#rowsOf(callsPath, sinceMs),
      this.#rowsOf(linksPath, sinceMs),
    ]);
    return found.flat();
  }

  async #rowsOf(path: string, sinceMs: number): Promise<StateRow[]> {
    const rows: StateRow[] = [];
    await visitRowsBackwards(this.#sources.disk, path, (row) => {
      rows.push(row);
      const atMs = rowTimeMs(row);
      return atMs !== null && atMs < sinceMs ? "stop" : "go-on";
    });
    return rows.toReversed();
  }

  /** The newest row of a type with this value. */
  async #find(type: string, field: string, value: string): Promise<StateRow | null> {
    let found: StateRow | null = null;
    const { disk, callsPath } = this.#sources;
    await visitRowsBackwards(disk, callsPath, (row) => {
      if (row["type"] !== type || row[field] !== value) return "go-on";
      found = row;
      return "stop";
    });
    return found;
  }

  async #recordings(fromTimeMs: number, toTimeMs: number): Promise<KeptRecording[]> {
    const { catalog, unstored, inProgress } = this.#sources;
    const found = new Map<string, KeptRecording>();
    for (let offset = 0; offset < RECORDINGS_LIMIT; offset += PAGE_ROWS) {
      const page = await catalog.search({ fromTimeMs, toTimeMs, limit: PAGE_ROWS, offset });
      for (const row of page) found.set(row.recordingKey, { ...row, isInProgress: false });
      if (page.length < PAGE_ROWS) break;
    }
    for (const row of unstored()) found.set(row.recordingKey, { ...row, isInProgress: false });
    for (const view of inProgress()) {
      found.set(view.recordingKey, { ...rowOfView(view), isInProgress: true });
    }
    return [...found.values()];
  }
}

function partsOf(call: StateRow): StateRow[] {
  const { parts } = call;
  return Array.isArray(parts) ? (parts as StateRow[]) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/**
 * Rows of links.jsonl: from when to when the events of each IP Office came. What happened in
 * between nobody knows, and the report says so.
 */
export class LinkRows {
  readonly #links: StateFile;
  readonly #clock: Clock;
  readonly #isUp = new Map<number, boolean>();

  constructor(links: StateFile, clock: Clock) {
    this.#links = links;
    this.#clock = clock;
  }

  /** A recorder that was killed has not said that it is gone: its successor says that it begins. */
  started(pbxs: readonly string[]): void {
    for (const [index, pbx] of pbxs.entries()) {
      this.#isUp.set(index, false);
      this.#append(pbx, { state: "down", reason: "start" });
    }
  }

  told(index: number, pbx: string, isUp: boolean): void {
    if (this.#isUp.get(index) === isUp) return;
    this.#isUp.set(index, isUp);
    this.#append(pbx, isUp ? { state: "up" } : { state: "down", reason: "link-down" });
  }

  #append(pbx: string, what: { readonly state: "up" | "down"; readonly reason?: string }): void {
    const at = new Date(this.#clock.wallTimeMs()).toISOString();
    this.#links.append({ version: 1, type: "link", at, pbx, ...what });
  }
}
