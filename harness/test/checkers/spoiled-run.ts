// A real virtual run, and ways to spoil its record on purpose: each change is made good everywhere
// else, so that only the invariant it is about is broken.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Scenario } from "@tapeline/scenarios";
import { scenario } from "@tapeline/scenarios/language";
import { serializeStandInSpeex } from "@tapeline/simulator/world";
import type { JournalEntry, RecordedFile, RunRecord } from "../../src/record/run-record.ts";
import { check, play } from "../../src/run-scenario.ts";
import { VirtualEnvironment } from "../../src/virtual/virtual-environment.ts";

const QUALITY = 8;

/** Two calls at once; the first is paused, the second loses packets, changes SSRC and is heard. */
export const BUSY: Scenario = scenario({
  name: "test/busy",
  title: "Two calls with a pause, losses and a listener",
  proves: ["T1"],
  async story({ caller, agent, supervisor, talk, oddities, until }) {
    const [first, second] = [caller("+4930111"), caller("+4930222")];
    const [alice, bob] = [agent("2001"), agent("2002")];
    await first.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    oddities.sip.lossRatio = 0.05;
    oddities.sip.changeSsrcEveryFrames = 40;
    await second.calls("2002");
    await bob.answers();
    await bob.isBeingRecorded();
    oddities.sip.lossRatio = 0;
    oddities.sip.changeSsrcEveryFrames = 0;
    await talk({ seconds: 1 });
    const listener = await supervisor.listensTo(bob);
    await supervisor.pauses(alice);
    await talk({ seconds: 1 });
    await supervisor.resumes(alice);
    await talk({ seconds: 1 });
    await alice.hangsUp();
    await bob.hangsUp();
    await until("the listener is told of the end", () => listener.hasEnded());
  },
});

/** One call with SIP over TCP. */
export function callOverTcp(seconds: number): Scenario {
  return scenario({
    name: "test/over-tcp",
    title: "A call over TCP",
    proves: ["T1"],
    recorder: { sip: { transports: ["tcp"] } },
    async story({ caller, agent, talk }) {
      const outside = caller();
      const alice = agent("2001");
      await outside.calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds });
      await outside.hangsUp();
    },
  });
}

/** The record of a run in the virtual world. */
export async function recordOf(subject: Scenario, seed = "spoiled"): Promise<RunRecord> {
  const environment = await VirtualEnvironment.start({ scenario: subject, seed, trace: "hash" });
  return play(environment);
}

export function passes(record: RunRecord): void {
  const failed = check(record).filter(({ verdict }) => verdict === "fail");
  assert.deepEqual(failed, []);
}

/** Exactly this checker complains, and its text says what is wrong. */
export function complains(record: RunRecord, name: string, text: RegExp): void {
  const failed = check(record).filter(({ verdict }) => verdict === "fail");
  const told = failed.map((result) => `${result.name}: ${result.detail ?? ""}`).join("\n");
  assert.deepEqual(
    failed.map((result) => result.name),
    [name],
    told || "no checker complains",
  );
  assert.match(failed[0]?.detail ?? "", text);
}

export function recordingAt(record: RunRecord, index: number): RecordedFile {
  const recording = record.recordings[index];
  assert.ok(recording !== undefined);
  return recording;
}

export function audioAt(record: RunRecord, index: number): Uint8Array {
  const { audio } = recordingAt(record, index);
  assert.ok(audio !== null);
  return audio;
}

export function withRecording(
  record: RunRecord,
  index: number,
  change: Partial<RecordedFile>,
): RunRecord {
  const recordings = record.recordings.with(index, { ...recordingAt(record, index), ...change });
  return { ...record, recordings };
}

/** Another journal, in the pool's copy too. */
export function withJournal(
  record: RunRecord,
  index: number,
  change: (journal: readonly JournalEntry[]) => readonly JournalEntry[],
): RunRecord {
  const recording = recordingAt(record, index);
  const journal = change(recording.journal);
  const stored = recording.stored.map((copy) => ({
    ...copy,
    journal: [...journal, ...copy.journal.slice(-1)],
  }));
  return withRecording(record, index, { journal, stored });
}

export function without(type: string) {
  return (journal: readonly JournalEntry[]) => journal.filter((line) => line.type !== type);
}

/** Other audio, with sums, pool and catalog as if the recorder had meant it. */
export function withAudio(record: RunRecord, index: number, audio: Uint8Array): RunRecord {
  const sealed = withJournal(record, index, (journal) =>
    journal.map((line) => {
      if (line.type === "event") {
        return { ...line, toSample: Math.min(Number(line["toSample"]), audio.length) };
      }
      return line.type === "end" ? { ...line, samples: audio.length, sha256: sha256(audio) } : line;
    }),
  );
  const spx = serializeStandInSpeex(audio, QUALITY);
  const recording = recordingAt(sealed, index);
  const stored = recording.stored.map((copy) => ({
    ...copy,
    spx,
    journal: copy.journal.map((line) =>
      line.type === "stored" ? { ...line, bytes: spx.length, sha256: sha256(spx) } : line,
    ),
  }));
  const catalog = withRow(sealed, recording.recordingKey, {
    samples: audio.length,
    bytes: spx.length,
  }).catalog;
  return { ...withRecording(sealed, index, { audio, stored }), catalog };
}

export function withRow(
  record: RunRecord,
  recordingKey: string,
  change: Readonly<Record<string, unknown>>,
): RunRecord {
  const catalog = record.catalog.map((row) =>
    row.recordingKey === recordingKey ? { ...row, ...change } : row,
  );
  return { ...record, catalog };
}

/** The record without the recorder's own account: for files that are spoiled behind its back. */
export function unaccounted(record: RunRecord): RunRecord {
  const silent = { ...record };
  Reflect.deleteProperty(silent, "account");
  return silent;
}

/** The record without what a listener heard: for spoiled audio that is not about listening. */
export function unheard(record: RunRecord): RunRecord {
  return { ...record, listeners: [] };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
