// The live directory after a crash: each pair goes on, is finished, or is put into order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJournal } from "../../src/audio/journal.ts";
import { rebuiltHeader } from "../../src/recording/rebuilt-journal.ts";
import { recover } from "../../src/recording/recovery.ts";
import type { ResumePlan } from "../../src/recording/recovery-plan.ts";
import type { SipSession } from "../../src/sip/session.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { FakeSession, NotingLogger } from "./fakes.ts";
import { END, HEADER, INVITE, journalText, KEY, request, sipLine, UP } from "./journals.ts";

const LIVE = "/live";
const path = (extension: string): string => `${LIVE}/${KEY}.${extension}`;

class Recovery {
  readonly disk = new MemoryDisk();
  readonly log = new NotingLogger();
  readonly discarded = new Set<string>();
  readonly restored: number[] = [];
  /** Of the call restored last. */
  ageMs: number | null = null;
  readonly resumed: { plan: ResumePlan; session: SipSession | null }[] = [];
  readonly session = new FakeSession();

  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    this.disk.directories.add(LIVE);
    for (const [extension, content] of Object.entries(files)) {
      this.disk.put(path(extension), content);
    }
  }

  async run(): Promise<this> {
    const { disk, log } = this;
    const wallTimeMs = (): number => 1_795_400_000_000;
    await recover(
      LIVE,
      { disk, log, wallTimeMs, discarded: this.discarded },
      {
        restore: (messages, ageMs) => {
          this.restored.push(messages.length);
          this.ageMs = ageMs;
          return this.session;
        },
        resume: (plan, session) => this.resumed.push({ plan, session }),
      },
    );
    return this;
  }

  /** Names in the live directory. */
  names(): string[] {
    return [...this.disk.files.keys()].map((file) => file.slice(LIVE.length + 1)).sort();
  }
}

test("an empty live directory needs nothing", async () => {
  const { resumed, disk } = await new Recovery({}).run();
  assert.deepEqual([resumed, disk.calls], [[], []]);
});

test("a discard that a crash interrupted after its row is erased, whatever is left of it", async () => {
  const pieces = [
    { tmpvrtx: journalText(UP), ul: "audio" },
    { tmpvrtx: journalText(UP) },
    { ul: "audio" },
  ];
  for (const files of pieces) {
    const recovery = new Recovery(files);
    recovery.discarded.add(KEY);
    await recovery.run();
    assert.deepEqual(recovery.names(), []);
    assert.deepEqual(recovery.resumed, []);
  }
});

test("a call that was up is resumed with its rebuilt dialog", async () => {
  const { restored, resumed, session, ageMs } = await new Recovery({
    tmpvrtx: journalText(UP),
    ul: new Uint8Array(160).fill(0xff),
  }).run();
  assert.deepEqual(restored, [3]);
  assert.equal(ageMs, 1_795_400_000_000 - 1_795_366_801_000);
  assert.equal(resumed.length, 1);
  assert.equal(resumed[0]?.session, session);
  assert.equal(resumed[0]?.plan.recordingKey, KEY);
});

test("of a call that is over no dialog is rebuilt", async () => {
  const { restored, resumed } = await new Recovery({
    tmpvrtx: journalText([...UP, sipLine("in", request("BYE"))]),
    ul: new Uint8Array(160).fill(0xff),
  }).run();
  assert.deepEqual(restored, []);
  assert.equal(resumed[0]?.session, null);
  assert.equal(resumed[0]?.plan.isDialogOver, true);
});

test("a journal with its end is renamed, durably", async () => {
  const recovery = await new Recovery({
    tmpvrtx: journalText([...UP, END]),
    ul: new Uint8Array(160).fill(0xff),
  }).run();
  assert.deepEqual(recovery.names(), [`${KEY}.ul`, `${KEY}.vrtx`]);
  // What was read may be in the memory of the machine alone.
  assert.deepEqual(recovery.disk.calls.slice(1), [
    `sync ${path("tmpvrtx")}`,
    `rename ${path("tmpvrtx")}`,
    `syncDirectory ${LIVE}`,
  ]);
  assert.deepEqual(recovery.resumed, []);
});

test("an INVITE that was never answered leaves nothing", async () => {
  for (const audio of [{}, { ul: new Uint8Array(0) }]) {
    const recovery = await new Recovery({ tmpvrtx: journalText([HEADER, INVITE]), ...audio }).run();
    assert.deepEqual(recovery.names(), []);
    assert.deepEqual(recovery.resumed, []);
  }
});

test("a torn header without audio leaves nothing", async () => {
  for (const audio of [{}, { ul: new Uint8Array(0) }]) {
    const recovery = await new Recovery({ tmpvrtx: '{"at":"2026', ...audio }).run();
    assert.deepEqual(recovery.names(), []);
    assert.deepEqual(recovery.resumed, []);
  }
});

test("audio under a torn header, or without journal, is kept under a journal made anew", async () => {
  for (const torn of [{}, { tmpvrtx: '{"at":"2026' }]) {
    const recovery = await new Recovery({ ...torn, ul: new Uint8Array(160).fill(0xff) }).run();
    assert.deepEqual(recovery.names(), [`${KEY}.tmpvrtx`, `${KEY}.ul`]);
    assert.ok(recovery.disk.calls.includes(`sync ${path("tmpvrtx")}`));
    const journal = parseJournal(await recovery.disk.readFile(path("tmpvrtx")));
    assert.equal(journal.lines[0]?.type, "header");
    assert.equal(recovery.resumed[0]?.plan.recordingKey, KEY);
    assert.deepEqual(recovery.resumed[0]?.plan.messages, []);
  }
});

test("finished pairs are left alone", async () => {
  const recovery = await new Recovery({
    vrtx: journalText([...UP, END]),
    ul: new Uint8Array(160).fill(0xff),
  }).run();
  assert.deepEqual([recovery.resumed, recovery.disk.calls], [[], []]);
});

test("a lost audio file is made anew, so that the call can go on", async () => {
  const recovery = await new Recovery({ tmpvrtx: journalText(UP) }).run();
  assert.deepEqual(recovery.names(), [`${KEY}.tmpvrtx`, `${KEY}.ul`]);
  assert.equal(recovery.resumed.length, 1);
});

test("damaged lines are told with their code; the readable ones count", async () => {
  const recovery = await new Recovery({
    tmpvrtx: `${journalText(UP)}not json\n`,
    ul: new Uint8Array(UP.length * 8_000).fill(0xff),
  }).run();
  assert.equal(recovery.resumed.length, 1);
  assert.deepEqual(
    recovery.log.lines.map(({ level, fields }) => [level, fields["code"], fields["recordingId"]]),
    [["warn", "JOURNAL_DAMAGED", KEY]],
  );
});

test("other files and directories are no pairs", async () => {
  const recovery = new Recovery({ txt: "x" });
  recovery.disk.directories.add(`${LIVE}/sub.ul`);
  await recovery.run();
  assert.deepEqual([recovery.resumed, recovery.disk.calls], [[], []]);
});

test("a pair that cannot be read keeps no other from being recovered", async () => {
  const ul = new Uint8Array(UP.length * 8_000).fill(0xff);
  const recovery = new Recovery({ tmpvrtx: journalText(UP), ul });
  const bad = `${LIVE}/00000000-bad.tmpvrtx`;
  recovery.disk.put(bad, "x");
  recovery.disk.failures.set(`readFile ${bad}`, "EIO");
  await recovery.run();
  assert.equal(recovery.resumed.length, 1);
  assert.deepEqual(
    recovery.log.lines.map(({ level, message, fields }) => [level, message, fields["code"]]),
    [["error", `${bad}: EIO`, "LIVE_READ_FAILED"]],
  );
});

test("a programmer's mistake in recovery is not hidden", async () => {
  const recovery = new Recovery({ tmpvrtx: journalText(UP), ul: new Uint8Array(160).fill(0xff) });
  recovery.resumed.push = () => assert.fail("mistake");
  await assert.rejects(recovery.run(), /mistake/);
});

test("a journal made anew says so", () => {
  const { lines, problems } = parseJournal(rebuiltHeader(KEY, 1_795_400_000_000));
  assert.deepEqual(problems, []);
  assert.equal(lines[0]?.type, "header");
  assert.equal(lines[0]?.at, "2026-11-23T02:13:20.000Z");
  assert.ok(lines[0] !== undefined && "rebuilt" in lines[0]);
});

test("keys of SRTP stay beside a call that goes on, and go with every other", async () => {
  const key = Buffer.alloc(30, 5).toString("base64");
  const up = { tmpvrtx: journalText(UP), ul: new Uint8Array(160).fill(0xff) };
  const goingOn = await new Recovery({ ...up, srtp: `${key}\n` }).run();
  assert.deepEqual(goingOn.resumed[0]?.plan.srtpKeys, [key]);
  assert.ok(goingOn.names().includes(`${KEY}.srtp`));
  const over = journalText([...UP, sipLine("in", request("BYE"))]);
  for (const files of [
    { ...up, tmpvrtx: over },
    { ...up, tmpvrtx: journalText([...UP, END]) },
    { tmpvrtx: journalText([HEADER, INVITE]) },
    { vrtx: journalText([...UP, END]), ul: up.ul },
    {},
  ]) {
    const recovery = await new Recovery({ ...files, srtp: `${key}\n` }).run();
    assert.equal(recovery.names().includes(`${KEY}.srtp`), false, JSON.stringify(files));
  }
});
