// The journal codec (formats.md): every type both ways, torn and damaged files, any bytes at all.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  JOURNAL_LINE_LIMIT_BYTES,
  JOURNAL_PROBLEMS_LIMIT,
  linesOfType,
  parseJournal,
  serializeJournalLine,
} from "../../src/audio/journal.ts";
import type { JournalLine } from "../../src/audio/journal-lines.ts";

const stamps = { at: "2026-11-22T10:00:00.123Z", elapsedMs: 12, sample: 160 };

const LINES: readonly JournalLine[] = [
  {
    ...stamps,
    type: "header",
    format: "tapeline-vrtx",
    version: 1,
    recordingKey: "k-1",
    recorder: "recorder-1",
    files: ["k-1.ul"],
    codec: "PCMU",
    sampleRate: 8000,
    sipCallId: "c",
  },
  {
    ...stamps,
    type: "sip",
    direction: "in",
    transport: "udp",
    from: "a:1",
    to: "b:2",
    text: 'INVITE sip:x SIP/2.0\r\nSubject: grüß \u0000"\\\r\n\r\n',
  },
  { ...stamps, type: "media", source: "a:1", ssrc: 4_294_967_295, payloadType: 0, leadMs: 3 },
  {
    ...stamps,
    type: "association",
    rung: "orphan",
    callKey: null,
    part: null,
    deviceCallId: null,
    endId: null,
    agent: null,
    extension: null,
    parties: [],
  },
  {
    ...stamps,
    type: "event",
    eventId: "e",
    kind: "talking",
    fromSample: 0,
    toSample: 9,
    parties: ["201"],
  },
  { ...stamps, type: "pause", fromSample: 5, by: "anna", via: "api", fill: "tone" },
  { ...stamps, type: "resume", fromSample: 5, toSample: 9, by: "anna", via: "api", fill: "tone" },
  {
    ...stamps,
    type: "pauseRequest",
    by: "anna",
    via: "api",
    action: "pause",
    receivedAt: stamps.at,
    result: "already",
  },
  { ...stamps, type: "gap", fromSample: 1, samples: 2, cause: "loss" },
  { ...stamps, type: "rule", title: "Sales", kind: "agent" },
  {
    ...stamps,
    type: "statistics",
    packetsReceived: 1,
    packetsLost: 0,
    packetsLate: 0,
    packetsDuplicate: 0,
    packetsStray: 0,
    jitterMs: 0.5,
    mos: null,
    mosMethod: null,
  },
  { ...stamps, type: "end", reason: "remote-bye", outcome: "ok", samples: 1, sha256: "00" },
  { ...stamps, type: "stored", pool: "main", drive: "/d", bytes: 1, sha256: "00", encoder: "x" },
];

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function journalOf(lines: readonly JournalLine[]): Uint8Array {
  return bytesOf(lines.map((line) => serializeJournalLine({ ...line })).join(""));
}

test("every line type comes back as it was written, in order", () => {
  const content = parseJournal(journalOf(LINES));
  assert.deepEqual(content.lines, LINES);
  assert.deepEqual([content.problems, content.tornTail, content.unknown], [[], false, []]);
  assert.deepEqual(linesOfType(content.lines, "gap"), [LINES[8]]);
});

test("a line is one line whatever its text holds, stamps first", () => {
  const line = serializeJournalLine({ type: "rule", title: "a\nb", ...stamps, kind: "x" });
  assert.equal(line.indexOf("\n"), line.length - 1);
  assert.ok(line.startsWith('{"at":"2026-11-22T10:00:00.123Z","elapsedMs":12,"sample":160,"type"'));
});

test("cut at every byte: whole lines are read, the torn one is reported and never misread", () => {
  const bytes = journalOf(LINES.slice(0, 4));
  for (let length = 0; length <= bytes.length; length += 1) {
    const content = parseJournal(bytes.subarray(0, length));
    assert.deepEqual(content.problems, []);
    assert.deepEqual(content.lines, LINES.slice(0, content.lines.length));
    assert.equal(content.tornTail, content.completeBytes !== length);
    assert.ok(
      length === 0 || bytes[content.completeBytes - 1] === 0x0a || content.completeBytes === 0,
    );
  }
});

test("damaged lines are problems with their number; the others are read", () => {
  const good = journalOf(LINES.slice(9, 10));
  const text = new TextDecoder().decode(good);
  const damaged = [
    "nonsense\n",
    "[]\n",
    "null\n",
    '{"type":5}\n',
    '{"type":"rule"}\n',
    `{"type":"rule","at":"no time","elapsedMs":1,"sample":1}\n`,
    `{"type":"rule","at":"${stamps.at}","elapsedMs":"1","sample":1}\n`,
    `{"type":"rule","at":"${stamps.at}","elapsedMs":1,"sample":-1}\n`,
    `{"type":"gap","at":"${stamps.at}","elapsedMs":1,"sample":1,"fromSample":0.5}\n`,
    `{"type":"event","at":"${stamps.at}","elapsedMs":1,"sample":1,"eventId":null}\n`,
    `{"type":"association","at":"${stamps.at}","elapsedMs":1,"sample":1,"parties":[1]}\n`,
    "\n",
  ];
  const content = parseJournal(bytesOf(text + damaged.join("") + text));
  assert.equal(content.lines.length, 2);
  assert.deepEqual(
    content.problems.map((problem) => problem.at),
    damaged.map((_, index) => index + 2),
  );
  assert.match(content.problems[8]?.detail ?? "", /fromSample/);
});

test("bytes that are no UTF-8, and lines beyond the limit, are problems", () => {
  const latin1 = Buffer.from('{"type":"gr\u00fc\u00df"}\n', "latin1");
  assert.deepEqual(parseJournal(latin1).problems, [
    { code: "damaged-line", at: 1, detail: "It is not a JSON object." },
  ]);
  const long = parseJournal(bytesOf(`${"x".repeat(JOURNAL_LINE_LIMIT_BYTES + 1)}\n`));
  assert.equal(long.problems[0]?.code, "line-too-long");
});

test("lines of a later version's types are kept apart", () => {
  const line = serializeJournalLine({ ...stamps, type: "weather", sky: "blue" });
  const content = parseJournal(bytesOf(line));
  assert.deepEqual(content.unknown, [{ ...stamps, type: "weather", sky: "blue" }]);
  assert.deepEqual(content.lines, []);
});

test("an empty line is a damaged one, the first of a journal too", () => {
  const { problems, completeBytes } = parseJournal(bytesOf("\n\n"));
  assert.deepEqual([problems.map(({ at }) => at), completeBytes], [[1, 2], 2]);
});

test("problems are limited, and no bytes make it throw", () => {
  const many = parseJournal(bytesOf("x\n".repeat(JOURNAL_PROBLEMS_LIMIT + 50)));
  assert.equal(many.problems.length, JOURNAL_PROBLEMS_LIMIT);
  const source = journalOf(LINES);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(source.length - 1), fc.integer({ min: 0, max: 255 })), {
        maxLength: 20,
      }),
      (changes) => {
        const bytes = source.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const content = parseJournal(bytes);
        assert.ok(content.completeBytes <= bytes.length);
      },
    ),
    { numRuns: 200 },
  );
});

test("formats.md: a line without one of the fields that its type must have is a problem naming it", () => {
  const required: Readonly<Record<string, readonly string[]>> = {
    header: ["format", "version", "recordingKey", "sipCallId"],
    sip: ["direction", "transport", "from", "to", "text"],
    media: ["source", "ssrc", "payloadType", "leadMs"],
    association: ["parties"],
    event: ["eventId", "kind", "fromSample", "toSample"],
    pause: ["fromSample", "by", "via", "fill"],
    resume: ["fromSample", "toSample", "by", "via", "fill"],
    pauseRequest: ["by", "via", "action", "result"],
    gap: ["fromSample", "samples", "cause"],
    rule: ["title", "kind"],
    statistics: ["packetsReceived", "packetsLost", "mos"],
    end: ["reason", "outcome", "samples", "sha256"],
    stored: ["pool", "drive", "bytes", "sha256"],
  };
  for (const line of LINES) {
    for (const field of required[line.type] ?? assert.fail(line.type)) {
      const { [field]: _, ...rest } = line as unknown as Record<string, unknown>;
      const { lines, problems } = parseJournal(bytesOf(`${JSON.stringify(rest)}\n`));
      assert.deepEqual(lines, [], `${line.type} without ${field}`);
      assert.match(problems[0]?.detail ?? "", new RegExp(`\`${field}\` of a ${line.type}`));
    }
  }
});

test("numbers are finite, counts whole and not negative, the MOS may be null; else a problem", () => {
  const isRead = (change: Readonly<Record<string, unknown>>, type: string): boolean => {
    const line = LINES.find((each) => each.type === type);
    const text = JSON.stringify({ ...line, ...change });
    return parseJournal(bytesOf(`${text}\n`)).problems.length === 0;
  };
  assert.ok(isRead({ sample: 0, elapsedMs: -1.5 }, "gap"));
  assert.ok(!isRead({ elapsedMs: null }, "gap"));
  assert.ok(!isRead({ elapsedMs: "12" }, "gap"));
  assert.ok(!isRead({ samples: -1 }, "gap"));
  assert.ok(!isRead({ samples: 2 ** 53 }, "gap"));
  assert.ok(isRead({ mos: 4.4 }, "statistics"));
  assert.ok(!isRead({ mos: "4.4" }, "statistics"));
  assert.ok(isRead({ parties: ["201", "202"] }, "association"));
  assert.ok(!isRead({ parties: "201" }, "association"));
  assert.ok(!isRead({ parties: ["201", 202] }, "association"));
  assert.ok(!isRead({ at: 5 }, "gap"));
});

test("a line of exactly the limit is read, and the texts of flaws say what is wrong", () => {
  const rule = (title: string): Uint8Array =>
    bytesOf(serializeJournalLine({ ...stamps, type: "rule", title, kind: "agent" }));
  const spare = JOURNAL_LINE_LIMIT_BYTES + 1 - rule("").length;
  assert.equal(parseJournal(rule("x".repeat(spare))).lines.length, 1);
  const long = parseJournal(rule("x".repeat(spare + 1)));
  assert.equal(long.problems[0]?.detail, `The line has ${JOURNAL_LINE_LIMIT_BYTES + 1} bytes.`);
  const detailOf = (text: string): string | undefined =>
    parseJournal(bytesOf(`${text}\n`)).problems[0]?.detail;
  for (const value of ["[]", "null", "5", '"rule"', "true", "{"]) {
    assert.equal(detailOf(value), "It is not a JSON object.", value);
  }
  assert.equal(detailOf("{}"), "It has no type.");
  assert.equal(detailOf('{"type":"rule","at":"x"}'), "`at` is no time.");
  const at = stamps.at;
  assert.match(detailOf(`{"type":"rule","at":"${at}"}`) ?? "", /elapsedMs/);
  assert.match(detailOf(`{"type":"rule","at":"${at}","elapsedMs":1e999}`) ?? "", /elapsedMs/);
  assert.match(detailOf(`{"type":"rule","at":"${at}","elapsedMs":1}`) ?? "", /`sample`/);
});
