// journal: what a crash may leave of one, or keep out of it, is no fault; the same without the
// crash is (formats.md, "The journal"; R20).
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { journalChecker } from "../../src/checkers/journal.ts";
import type { JournalEntry, RunRecord } from "../../src/record/run-record.ts";
import { recordOf, withJournal } from "./spoiled-run.ts";

const record = await recordOf(
  scenario({
    name: "test/long",
    title: "A call of half a minute",
    proves: ["T1"],
    async story({ caller, agent, talk }) {
      const alice = agent("2001");
      await caller().calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 15 });
      await alice.holds();
      await talk({ seconds: 15 });
      await alice.hangsUp();
    },
  }),
);
const leg = record.truth.conversations[0]?.legs[0] ?? assert.fail("no leg");

const told = (spoiled: RunRecord): string => journalChecker.check(spoiled).join("\n");

function atHold(line: JournalEntry): boolean {
  return line.type === "sip" && line.elapsedMs > 14_000 && String(line["text"]).startsWith("ACK ");
}

const UNREADABLE: JournalEntry = { type: "unreadable", at: "", elapsedMs: 0, sample: 0 };
const holdMs =
  leg.invitedMs +
  (record.recordings[0]?.journal.find(atHold)?.elapsedMs ?? assert.fail("no ACK of the hold"));

/** A line before the ACK of the hold was torn; the power failed so long after that. */
function torn(powerAfterMs: number | null): RunRecord {
  const spoiled = withJournal(record, 0, (journal) =>
    journal.flatMap((line) => (atHold(line) ? [UNREADABLE, line] : [line])),
  );
  if (powerAfterMs === null) return spoiled;
  const atMs = holdMs + powerAfterMs;
  const life = [
    { kind: "power", atMs },
    { kind: "ready", atMs: atMs + 300 },
  ] as const;
  return { ...spoiled, life: [...spoiled.life, ...life] };
}

test("lines that a power cut tore before they were synced are no fault, any others are", () => {
  assert.equal(told(record), "");
  assert.equal(told(torn(500)), "");
  const unreadable = /line \d+ has the type unreadable/;
  assert.match(told(torn(null)), unreadable);
  assert.match(told(torn(12_000)), unreadable, "synced by then");
  assert.match(told(torn(-2_000)), unreadable, "written after it");
});

interface Crossing {
  readonly reason?: string;
  readonly status?: string;
  readonly hasCrashed?: boolean;
  /** The recording's end, so long after our BYE. */
  readonly endsAfterMs?: number;
}

/** A BYE of ours crossed theirs, of which only a repeat came, 5 s later, to the next process. */
function crossed(set: Crossing = {}): RunRecord {
  const { reason = "local-bye", status = "481 Gone", hasCrashed = true, endsAfterMs = 1_000 } = set;
  const textOf = (data: Uint8Array): string => Buffer.from(data).toString("latin1");
  const isBye = (data: Uint8Array): boolean => textOf(data).startsWith("BYE ");
  const isAnswer = (data: Uint8Array): boolean =>
    /^SIP\/2\.0 200 [\s\S]*CSeq: \d+ BYE/.test(textOf(data));
  const theirs = record.fates.find(({ data }) => isBye(data)) ?? assert.fail("no BYE");
  const answer = record.fates.find(({ data }) => isAnswer(data)) ?? assert.fail("no answer");
  const text = textOf(theirs.data).replace(/^CSeq: .*$/m, "CSeq: 1 BYE");
  const oursMs = theirs.sentMs;
  const ours = { ...theirs, from: answer.from, data: Buffer.from(text), sentMs: oursMs };
  const later = (fate: typeof theirs): typeof theirs => ({
    ...fate,
    sentMs: fate.sentMs + 5_000,
    arrivalsMs: fate.arrivalsMs.map((atMs) => atMs + 5_000),
    data: Buffer.from(textOf(fate.data).replace("200 OK", status)),
  });
  const fates = record.fates.flatMap((fate) => {
    if (fate === theirs) return [{ ...ours, arrivalsMs: [] }, later(fate)];
    return fate === answer ? [later(fate)] : [fate];
  });
  const life = hasCrashed
    ? ([
        { kind: "process", atMs: oursMs + 10 },
        { kind: "ready", atMs: oursMs + 300 },
      ] as const)
    : [];
  const elapsedMs = oursMs + endsAfterMs - leg.invitedMs;
  const spoiled = withJournal(record, 0, (journal) =>
    journal
      .filter((line) => line.type !== "sip" || !String(line["text"]).includes(" BYE\r\n"))
      .map((line) => (line.type === "end" ? { ...line, reason, elapsedMs } : line)),
  );
  return { ...spoiled, fates, life: [...record.life, ...life] };
}

test("a BYE that crossed ours and came again behind the end, over a crash, needs no line", () => {
  assert.equal(told(crossed()), "");
  const missing = /does not hold the BYE \(CSeq \d+\) of the wire/;
  assert.match(told(crossed({ reason: "remote-bye" })), missing);
  assert.match(told(crossed({ hasCrashed: false })), missing);
  assert.match(told(crossed({ endsAfterMs: 6_000 })), missing);
  assert.match(told(crossed({ status: "200 OK" })), /does not hold the 200 to BYE/);
});
