// crash: no line that lay on the disk when the process was gone is lost later (R20).
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { crashChecker } from "../../src/checkers/crash.ts";
import { isLeftToPower } from "../../src/checkers/frame-duty.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import { passes, recordingAt, recordOf, withJournal } from "./spoiled-run.ts";

const record = await recordOf(
  scenario({
    name: "test/killed",
    title: "A call that goes on over a kill of the recorder",
    proves: ["T1"],
    async story({ caller, agent, talk, recorder }) {
      const alice = agent("2001");
      await caller().calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 3 });
      await recorder.crashes("process");
      await recorder.restarts();
      await talk({ seconds: 3 });
      await alice.hangsUp();
    },
  }),
);

test("R20: what a crash left of a journal stands at its beginning", () => {
  passes(record);
  const [survivor] = record.survivors;
  assert.ok(survivor !== undefined && survivor.lines.length > 3);
  assert.equal(survivor.recordingKey, recordingAt(record, 0).recordingKey);
});

test("R20: a line that the recovery cut off is named, with its type and the crash", () => {
  const last = (record.survivors[0]?.lines.length ?? 0) - 1;
  const { type } = recordingAt(record, 0).journal[last] ?? { type: "?" };
  const spoiled = withJournal(record, 0, (journal) => journal.toSpliced(last, 1));
  const told = crashChecker.check(spoiled).join("; ");
  assert.match(told, new RegExp(`: journal line lost at the crash at \\d+ ms: line ${last + 1}, `));
  assert.match(told, new RegExp(`"${type}", stood in the file then`));
});

test("what a later power cut may have taken is not asked for", () => {
  const last = (record.survivors[0]?.lines.length ?? 0) - 1;
  const spoiled = withJournal(record, 0, (journal) => journal.toSpliced(last, 1));
  const atMs = (record.survivors[0]?.atMs ?? 0) + 1_000;
  const life = [...record.life, { kind: "power", atMs } as const];
  assert.doesNotMatch(crashChecker.check({ ...spoiled, life }).join(), /journal line lost/);
});

test("a call that a power cut may take whole began with the INVITE that was answered", () => {
  const isLeft = (atMs: number, answeredMs: number | null): boolean => {
    const cut = { ...record, life: [{ kind: "power", atMs }] } as const;
    return isLeftToPower(cut, { invitedMs: 1_000, answeredMs });
  };
  assert.deepEqual(
    [999, 12_000, 12_001].map((atMs) => isLeft(atMs, null)),
    [false, true, false],
  );
  assert.deepEqual(
    [999, 15_500, 15_501].map((atMs) => isLeft(atMs, 4_500)),
    [false, true, false],
  );
});

test("what a killed process had not synced, nobody syncs before a power cut that follows", () => {
  const isLeft = (killedMs: number, isReady: boolean): boolean => {
    const life: RunRecord["life"] = [
      { kind: "ready", atMs: 500 },
      { kind: "process", atMs: killedMs },
      ...(isReady ? [{ kind: "ready", atMs: 30_000 } as const] : []),
      { kind: "power", atMs: 40_000 },
    ];
    return isLeftToPower({ ...record, life }, { invitedMs: 1_000, answeredMs: 1_000 });
  };
  assert.equal(isLeft(12_000, false), true);
  assert.equal(isLeft(12_001, false), false);
  assert.equal(isLeft(12_000, true), false);
});

test("so is one whose header was torn out and made white space; a kill takes no header", () => {
  const [survivor] = record.survivors;
  assert.ok(survivor !== undefined);
  const survivors = [{ ...survivor, lines: survivor.lines.slice(1) }];
  const life = [...record.life, { kind: "power", atMs: survivor.atMs } as const];
  assert.deepEqual(crashChecker.check({ ...record, survivors, life }), []);
  assert.match(crashChecker.check({ ...record, survivors }).join(), /journal line lost/);
});

test("a journal that a power cut has torn is judged elsewhere", () => {
  const [survivor] = record.survivors;
  assert.ok(survivor !== undefined);
  const torn = { ...survivor, lines: ["\0\0\0", ...survivor.lines] };
  passes({ ...record, survivors: [torn] });
});
