// The stamps on journal lines (formats.md, "The journal"): time never runs back, and the moment at
// which a recording begins is the one that its first `media` line names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { JournalStamps } from "../../src/media/journal-stamps.ts";

test("a line for an earlier moment has the time of the line before, and says so", () => {
  let nowMs = 1_000;
  const clock = { nowMs: () => nowMs, wallTimeMs: () => 1_600_000_000_000 + nowMs };
  const stamps = new JournalStamps(clock, 1_000);
  nowMs = 1_400;
  stamps.line({ type: "sip" }, 0);
  const line = stamps.line({ type: "media" }, 0, 1_350);
  const { at, elapsedMs } = JSON.parse(line) as { readonly at: string; readonly elapsedMs: number };
  assert.deepEqual([Date.parse(at), elapsedMs], [1_600_000_001_400, 400]);
  assert.equal(stamps.lastTimeMs, Date.parse(at), "the catalog's startTimeMs is made of this");
});
