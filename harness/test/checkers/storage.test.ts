// storage, stored copies and catalog: files and rows spoiled on purpose, one at a time (R6).
import assert from "node:assert/strict";
import { test } from "node:test";
import { serializeStandInSpeex } from "@tapeline/simulator/world";
import type { RecordedFile, RunRecord } from "../../src/record/run-record.ts";
import {
  audioAt,
  BUSY,
  complains,
  passes,
  recordingAt,
  recordOf,
  unaccounted,
  unheard,
  withJournal,
  withRecording,
  withRow,
} from "./spoiled-run.ts";

const record = unheard(await recordOf(BUSY));
const { recordingKey } = recordingAt(record, 0);

type Copy = RecordedFile["stored"][number];

function copyOf(index: number): Copy {
  const [copy] = recordingAt(record, index).stored;
  return copy ?? assert.fail("not stored");
}

function withCopy(change: Partial<Copy>): RunRecord {
  return withRecording(record, 0, { stored: [{ ...copyOf(0), ...change }] });
}

test("an unspoiled run passes", () => passes(record));

test("a recording that is lost altogether is named (R4)", () => {
  const spoiled = {
    ...record,
    recordings: record.recordings.slice(1),
    catalog: record.catalog.filter((row) => row.recordingKey !== recordingKey),
    pauses: [],
  };
  complains(unaccounted(spoiled), "storage", /was answered and has 0 recordings/);
});

test("a recording that is there twice is named", () => {
  const twin = recordingAt(record, 0);
  const spoiled = { ...record, recordings: [twin, ...record.recordings] };
  assert.throws(() => passes(spoiled), /was answered and has 2 recordings/);
});

test("a second copy in another drive is named (R6)", () => {
  const copy = copyOf(0);
  const spoiled = withRecording(record, 0, { stored: [copy, { ...copy, drive: 1 }] });
  complains(spoiled, "storage", /is stored 2 times/);
});

test("a copy on a drive that failed at its last sync is no second one, until it is looked at", () => {
  const copy = copyOf(0);
  const [drive, place] = [String(copy.journal.at(-1)?.["drive"]), copy.path];
  const elsewhere = copy.journal.map((line) =>
    line.type === "stored" ? { ...line, drive: "/data/lost" } : line,
  );
  const lost = { ...copy, drive: 1, path: place.replace(drive, "/data/lost"), journal: elsewhere };
  const lineAt = (second: number, code: string): string =>
    `{"at":"2026-01-05T08:00:${second}.000Z","code":"${code}","drive":"/data/lost","msg":"x"}`;
  const told = (...log: string[]) => ({
    ...withRecording(record, 0, { stored: [lost, copy] }),
    log: [...record.log, ...log],
  });
  passes(told(lineAt(10, "DRIVE_FAILED"), lineAt(39, "x")));
  complains(told(lineAt(10, "DRIVE_FAILED"), lineAt(40, "x")), "storage", /is stored 2 times/);
  complains(told(lineAt(10, "DRIVE_FULL"), lineAt(39, "x")), "storage", /is stored 2 times/);
});

test("a recording that is in no pool is named (R6)", () => {
  const spoiled = {
    ...withRecording(record, 0, { stored: [] }),
    catalog: record.catalog.filter((row) => row.recordingKey !== recordingKey),
  };
  complains(unaccounted(spoiled), "storage", /is in no pool/);
});

test("a journal that was never finished is named", () => {
  complains(withRecording(record, 0, { isInProgress: true }), "storage", /is still a \.tmpvrtx/);
});

test("a stray file is named", () => {
  const spoiled = { ...record, litter: ["/data/pool-0/2026/01/05/x.spx.part"] };
  complains(spoiled, "storage", /x\.spx\.part lies about/);
});

test("a live pair that is gone too early is named", () => {
  complains(withRecording(record, 0, { audio: null }), "storage", /gone before live\.keepHours/);
});

test("a .ul that is not the one of its journal is named", () => {
  const journal = recordingAt(record, 0).journal.map((line) =>
    line.type === "end" ? { ...line, sha256: "0".repeat(64) } : line,
  );
  const stored = [{ ...copyOf(0), journal: [...journal, ...copyOf(0).journal.slice(-1)] }];
  complains(withRecording(record, 0, { journal, stored }), "storage", /another sha256/);
});

test("a pool copy without its stored line is named", () => {
  const spoiled = withCopy({ journal: copyOf(0).journal.slice(0, -1) });
  assert.throws(() => passes(spoiled), /does not end with a stored line/);
});

test("a pool copy with another journal is named", () => {
  const spoiled = withCopy({ journal: copyOf(0).journal.toSpliced(2, 1) });
  complains(spoiled, "storage", /another journal than its live pair/);
});

test("a copy in the folder of another day is named", () => {
  const path = copyOf(0).path.replace("2026/01/05", "2026/01/06");
  const moved = withRow(withCopy({ path }), recordingKey, { path: path.replace("vrtx", "spx") });
  complains(moved, "storage", /is not in the folder of its day, 2026\/01\/05/);
});

test("a recording without .spx is named", () => {
  const spoiled = withRow(withCopy({ spx: null }), recordingKey, { path: null, bytes: 0 });
  complains(spoiled, "storage", /has no \.spx/);
});

test("a .spx that is not the one of its stored line is named", () => {
  const spx = copyOf(0).spx?.slice() ?? assert.fail();
  spx[40] = (spx[40] ?? 0) ^ 1;
  complains(withCopy({ spx }), "storage", /not the one that its stored line tells of/);
});

test("a .spx that holds the audio of another recording is named", () => {
  const spx = serializeStandInSpeex(audioAt(record, 0).toReversed(), 8);
  complains(withCopy({ spx }), "storage", /holds other audio than its \.ul/);
});

test("a .spx of another length is named", () => {
  const spx = serializeStandInSpeex(audioAt(record, 0).slice(160), 8);
  complains(withCopy({ spx }), "storage", /samples instead of/);
});

test("a row that the catalog lacks is named", () => {
  const catalog = record.catalog.filter((row) => row.recordingKey !== recordingKey);
  complains({ ...record, catalog }, "storage", /has 0 rows in the catalog/);
});

test("a row of a recording that is not there is named", () => {
  const [row] = record.catalog;
  assert.ok(row !== undefined);
  const catalog = [...record.catalog, { ...row, recordingKey: "gone" }];
  complains({ ...record, catalog }, "storage", /has a row of gone, which has no files/);
});

for (const [field, value] of [
  ["samples", 1],
  ["outcome", "failed"],
  ["part", 9],
  ["drive", "/elsewhere"],
  ["path", "/elsewhere.spx"],
  ["extension", "2099"],
  ["recovered", true],
] as const) {
  test(`a row whose ${field} is not what the files say is named`, () => {
    const spoiled = withRow(record, recordingKey, { [field]: value });
    complains(spoiled, "storage", new RegExp(`${field} is .* in the catalog, .* on disk`));
  });
}

test("the stream of a call that was associated late stands in that line, and nowhere else", () => {
  const late = withJournal(record, 0, (journal) =>
    journal.map(({ liveStreamId, ...line }) =>
      line.type === "association" ? { ...line, liveStreamId } : line,
    ),
  );
  passes(late);
  const renamed = withRow(late, recordingKey, { liveStreamId: "another" });
  complains(renamed, "storage", /liveStreamId is "another" in the catalog, ".{20}" on disk/);
});
