// The catalog's database: schema, version, and the statements over it, synchronous (node:sqlite).
// Runs inside catalog-worker.ts. The catalog is an index only: a file that is damaged or of another
// version is moved aside and a new one is made; `reindex` fills it again from the files.
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import type { CatalogQuery, CatalogRow } from "../catalog.ts";
import { makeDirectorySync } from "./make-directory.ts";

/** Number of the schema below, kept in the file's `user_version`. */
export const CATALOG_SCHEMA_VERSION = 4;

/** Most rows that one search returns, whatever was asked. */
const SEARCH_LIMIT_ROWS = 10_000;
/** Time to wait for another process that reads or writes the file. */
const BUSY_TIMEOUT_MS = 5000;
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE_CODES: readonly number[] = [11, 26];

/** What a part of a text is looked for in; an index of trigrams finds it without a scan. */
const TEXT_COLUMNS = ["agent", "extension", "parties", "rule"] as const;
const TEXTS = TEXT_COLUMNS.join(", ");
const textsOf = (row: "new" | "old"): string =>
  TEXT_COLUMNS.map((name) => `${row}.${name}`).join(", ");
/** Characters of a trigram: less than that is looked for row by row. */
const TRIGRAM_CHARACTERS = 3;
/** After everything that a key can go on with. */
const AFTER_ALL = "\u{10ffff}";

const ENTER_TEXTS = `INSERT INTO recordings_text (rowid, ${TEXTS})
    VALUES (new.id, ${textsOf("new")});`;
const DROP_TEXTS = `INSERT INTO recordings_text (recordings_text, rowid, ${TEXTS})
    VALUES ('delete', old.id, ${textsOf("old")});`;

const SCHEMA = `
  CREATE TABLE recordings (
    id INTEGER PRIMARY KEY,
    recordingKey TEXT NOT NULL UNIQUE,
    callKey TEXT, part INTEGER,
    startTimeMs INTEGER NOT NULL, samples INTEGER NOT NULL,
    outcome TEXT NOT NULL, why TEXT, endReason TEXT NOT NULL, recovered INTEGER NOT NULL,
    agent TEXT, extension TEXT, parties TEXT NOT NULL,
    liveStreamId TEXT, sipCallId TEXT NOT NULL,
    pool TEXT, drive TEXT, path TEXT,
    bytes INTEGER NOT NULL, loss REAL NOT NULL, mos REAL,
    rule TEXT, isHeld INTEGER NOT NULL, purpose TEXT
  ) STRICT;
  CREATE INDEX recordings_start ON recordings (startTimeMs DESC, recordingKey);
  CREATE INDEX recordings_call ON recordings (callKey, part);
  CREATE INDEX recordings_extension ON recordings (extension, startTimeMs DESC);
  CREATE INDEX recordings_agent ON recordings (agent, startTimeMs DESC);
  CREATE INDEX recordings_rule ON recordings (rule, startTimeMs DESC);
  CREATE INDEX recordings_sip ON recordings (sipCallId);
  CREATE INDEX recordings_stream ON recordings (liveStreamId);
  CREATE INDEX recordings_held ON recordings (startTimeMs DESC) WHERE isHeld = 1;
  CREATE INDEX recordings_purpose ON recordings (purpose) WHERE purpose IS NOT NULL;
  CREATE INDEX recordings_outcome ON recordings (outcome, startTimeMs DESC);
  CREATE VIRTUAL TABLE recordings_text USING fts5 (
    ${TEXTS}, content = 'recordings', content_rowid = 'id', tokenize = 'trigram'
  );
  CREATE TRIGGER recordings_entered AFTER INSERT ON recordings BEGIN ${ENTER_TEXTS} END;
  CREATE TRIGGER recordings_removed AFTER DELETE ON recordings BEGIN ${DROP_TEXTS} END;
  CREATE TRIGGER recordings_changed AFTER UPDATE ON recordings
    BEGIN ${DROP_TEXTS} ${ENTER_TEXTS} END;
  PRAGMA user_version = ${CATALOG_SCHEMA_VERSION};
`;

const COLUMNS = [
  "recordingKey",
  "callKey",
  "part",
  "startTimeMs",
  "samples",
  "outcome",
  "why",
  "endReason",
  "recovered",
  "agent",
  "extension",
  "parties",
  "liveStreamId",
  "sipCallId",
  "pool",
  "drive",
  "path",
  "bytes",
  "loss",
  "mos",
  "rule",
  "isHeld",
  "purpose",
] as const satisfies readonly (keyof CatalogRow)[];

// An update keeps the row's id, by which the texts are found.
const PUT = `INSERT INTO recordings (${COLUMNS.join(", ")})
  VALUES (${COLUMNS.map((name) => `:${name}`).join(", ")})
  ON CONFLICT (recordingKey) DO UPDATE SET
  ${COLUMNS.map((name) => `${name} = excluded.${name}`).join(", ")}`;
const SELECT = `SELECT ${COLUMNS.join(", ")} FROM recordings`;

/** The open database. `onMovedAside` hears where a file that could not be used went, and why. */
export class CatalogDatabase {
  readonly #file: string;
  readonly #onMovedAside: (to: string, cause: string) => void;
  #database: DatabaseSync;

  constructor(file: string, onMovedAside: (to: string, cause: string) => void) {
    this.#file = file;
    this.#onMovedAside = onMovedAside;
    this.#database = this.#open();
  }

  put(row: CatalogRow): void {
    this.#guarded((database) => database.prepare(PUT).run(toColumns(row)));
  }

  get(recordingKey: string): CatalogRow | null {
    return this.#guarded((database) => {
      const found = database.prepare(`${SELECT} WHERE recordingKey = ?`).get(recordingKey);
      return found === undefined ? null : fromColumns(found);
    });
  }

  search(query: CatalogQuery): CatalogRow[] {
    const { where, values } = conditions(query);
    const sql = `${SELECT} ${where}
      ORDER BY startTimeMs DESC, recordingKey LIMIT :limit OFFSET :offset`;
    const limit = Math.max(0, Math.min(query.limit, SEARCH_LIMIT_ROWS));
    return this.#guarded((database) =>
      database
        .prepare(sql)
        .all({ ...values, limit, offset: Math.max(0, query.offset) })
        .map(fromColumns),
    );
  }

  count(query: CatalogQuery): number {
    const { where, values } = conditions(query);
    const sql = `SELECT count(*) AS found FROM recordings ${where}`;
    return this.#guarded((database) => Number(database.prepare(sql).get(values)?.["found"]));
  }

  remove(recordingKey: string): void {
    this.#guarded((database) =>
      database.prepare("DELETE FROM recordings WHERE recordingKey = ?").run(recordingKey),
    );
  }

  close(): void {
    this.#database.close();
  }

  /** Runs `work`; when the file proves damaged, once more on a new one. */
  #guarded<T>(work: (database: DatabaseSync) => T): T {
    try {
      return work(this.#database);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#database.close();
      this.#database = this.#replace(String(error));
      return work(this.#database);
    }
  }

  #open(): DatabaseSync {
    makeDirectorySync(dirname(this.#file));
    let database: DatabaseSync | null = null;
    try {
      database = openFile(this.#file);
      const version = userVersion(database);
      if (version === CATALOG_SCHEMA_VERSION) return database;
      database.close();
      return this.#replace(`its schema has version ${version}`);
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (database?.isOpen === true) database.close();
      return this.#replace(String(error));
    }
  }

  #replace(cause: string): DatabaseSync {
    const aside = freeName(this.#file);
    renameSync(this.#file, aside);
    // What belongs to the old file would spoil the new one.
    for (const ending of ["-wal", "-shm"]) rmSync(`${this.#file}${ending}`, { force: true });
    this.#onMovedAside(aside, cause);
    return openFile(this.#file);
  }
}

function openFile(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    const isNew = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
    if (isNew) database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function userVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

function isDamage(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return false;
  // The low byte is the primary code, the rest says more.
  return typeof error.errcode === "number" && DAMAGE_CODES.includes(error.errcode & 0xff);
}

function freeName(file: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${file}.damaged-${number}`;
    if (!existsSync(name)) return name;
  }
}

function conditions(query: CatalogQuery): { where: string; values: Record<string, SQLInputValue> } {
  const parts: string[] = [];
  const values: Record<string, SQLInputValue> = {};
  const add = (condition: string, name: string, value: SQLInputValue | undefined): void => {
    if (value === undefined) return;
    parts.push(condition);
    values[name] = value;
  };
  add("startTimeMs >= :fromTimeMs", "fromTimeMs", query.fromTimeMs);
  add("startTimeMs < :toTimeMs", "toTimeMs", query.toTimeMs);
  add("callKey = :callKey", "callKey", query.callKey);
  add("agent = :agent", "agent", query.agent);
  add("extension = :extension", "extension", query.extension);
  add(
    "extension IN (SELECT value FROM json_each(:extensions))",
    "extensions",
    query.extensions === undefined ? undefined : JSON.stringify(query.extensions),
  );
  if (query.number !== undefined) {
    const { condition, value } = partOf("parties", "number", query.number);
    add(condition, "number", value);
  }
  if (query.text !== undefined) {
    const { condition, value } = partOf(null, "text", query.text);
    parts.push(`(${condition} OR ${KEY_BEGINS})`);
    Object.assign(values, { text: value, key: query.text, afterKey: query.text + AFTER_ALL });
  }
  add("rule = :rule", "rule", query.rule);
  add("sipCallId = :sipCallId", "sipCallId", query.sipCallId);
  add("liveStreamId = :liveStreamId", "liveStreamId", query.liveStreamId);
  // A literal, so that the partial index of held recordings can serve it.
  if (query.isHeld !== undefined) parts.push(`isHeld = ${query.isHeld ? 1 : 0}`);
  add("purpose = :purpose", "purpose", query.purpose);
  add("outcome = :outcome", "outcome", query.outcome);
  return { where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}

const KEY_BEGINS = ["recordingKey", "callKey"]
  .map((name) => `id IN (SELECT id FROM recordings WHERE ${name} >= :key AND ${name} < :afterKey)`)
  .join(" OR ");

/** The condition that a text stands anywhere in a column (null: in any of the text columns). */
function partOf(
  column: (typeof TEXT_COLUMNS)[number] | null,
  name: string,
  text: string,
): { readonly condition: string; readonly value: string } {
  if (Array.from(text).length >= TRIGRAM_CHARACTERS) {
    const phrase = `"${text.replaceAll('"', '""')}"`;
    const found = `SELECT rowid FROM recordings_text WHERE recordings_text MATCH :${name}`;
    return {
      condition: `id IN (${found})`,
      value: column === null ? phrase : `${column} : ${phrase}`,
    };
  }
  const columns = column === null ? TEXT_COLUMNS : [column];
  const texts = columns.map((one) => `coalesce(${one}, '')`).join(" || ' ' || ");
  return { condition: `instr(lower(${texts}), lower(:${name})) > 0`, value: text };
}

function toColumns(row: CatalogRow): Record<string, SQLInputValue> {
  return {
    ...row,
    startTimeMs: Math.round(row.startTimeMs),
    recovered: row.recovered ? 1 : 0,
    parties: JSON.stringify(row.parties),
    rule: row.rule ?? null,
    isHeld: row.isHeld === true ? 1 : 0,
    purpose: row.purpose ?? null,
  };
}

/** Rows were written by `toColumns` under a strict schema, so that their types are known. */
function fromColumns(columns: Record<string, SQLOutputValue>): CatalogRow {
  const { purpose, ...others } = columns as unknown as CatalogRow;
  return {
    ...others,
    // As most rows are put: without one.
    ...(purpose === null || purpose === undefined ? {} : { purpose }),
    recovered: columns["recovered"] === 1,
    isHeld: columns["isHeld"] === 1,
    parties: JSON.parse(String(columns["parties"])) as string[],
  };
}
