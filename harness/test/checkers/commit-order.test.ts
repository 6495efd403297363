// storage, its order: at each commit of a run the audio is on the medium, bytes and name; a commit
// that was too early is named, though no power failed (R6).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommitObservation } from "../../src/environment/observations.ts";
import { BUSY, complains, passes, recordOf } from "./spoiled-run.ts";

const record = await recordOf(BUSY);

/** The first commit of the run as it was but for this. */
function committed(change: Partial<CommitObservation>) {
  const [first] = record.commits;
  assert.ok(first !== undefined);
  return { ...record, commits: record.commits.with(0, { ...first, ...change }) };
}

test("R6: every journal gets its name in the pool when its audio is durable", () => {
  passes(record);
  assert.equal(record.commits.length, record.recordings.length);
  for (const { audio, journal } of record.commits) {
    assert.equal(audio, "durable");
    assert.notEqual(journal, "unsynced");
  }
});

test("R6: a .vrtx that is renamed before the .spx is synced is named", () => {
  const spoiled = committed({ audio: "unsynced" });
  complains(spoiled, "storage", /: \.vrtx renamed before the \.spx is synced, at \d+ ms/);
});

test("R6: so is one before the .spx has its name, on the disk or on the medium", () => {
  const unnamed = committed({ audio: "unnamed" });
  complains(unnamed, "storage", /\.vrtx renamed before the \.spx has its name on the medium/);
  const unfinished = committed({ audio: "absent", isAudioUnfinished: true });
  complains(unfinished, "storage", /\.vrtx renamed before the \.spx has its name: .* a \.part/);
  passes(committed({ audio: "absent", isAudioUnfinished: false }));
});

test("R6: a journal that is renamed before it is synced itself is named", () => {
  complains(committed({ journal: "unsynced" }), "storage", /\.vrtx renamed before it is synced/);
});
