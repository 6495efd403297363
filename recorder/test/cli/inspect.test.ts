// `inspect`: a journal as a person reads it, and as JSON.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  ASSOCIATION,
  END,
  HEADER,
  INVITE,
  journalText,
  KEY,
  MEDIA,
  STATISTICS_LINE,
} from "../recording/journals.ts";
import { run, temporaryDirectory } from "./run.ts";

const PAUSE = { type: "pause", fromSample: 8_000, by: "Ann", via: "api", fill: "tone" };
const LINES = [
  HEADER,
  INVITE,
  MEDIA,
  ASSOCIATION,
  { type: "association", rung: "orphan", parties: [] },
  { type: "event", eventId: "e", kind: "talking", fromSample: 0, toSample: 8, parties: ["2001"] },
  PAUSE,
  { ...PAUSE, type: "resume", toSample: 16_000 },
  {
    type: "pauseRequest",
    by: "Ann",
    via: "api",
    action: "pause",
    receivedAt: "x",
    result: "already",
  },
  { type: "gap", fromSample: 5, samples: 160, cause: "loss" },
  { type: "rule", title: "Sales", kind: "group" },
  STATISTICS_LINE,
  { ...STATISTICS_LINE, jitterMs: undefined, mos: null },
  END,
  { type: "stored", pool: "main", drive: "/pool", bytes: 51, sha256: "ab", encoder: "speexenc" },
];

const SHOWN = [
  `     0.000 s  sample         0  recording ${KEY}, SIP Call-ID 77aa@192.0.2.1`,
  "     1.000 s  sample      8000  192.0.2.1:5060 → 192.0.2.10:5060  INVITE sip:r7Qk2@192.0.2.10:5060 SIP/2.0",
  "     2.000 s  sample     16000  RTP from 192.0.2.1:46750, SSRC 7, payload type 0",
  "     3.000 s  sample     24000  call c0a80a01-31-1795366801000, part 1, agent Ann Agent (rung 1)",
  "     4.000 s  sample     32000  call unknown, part ?, agent unknown (rung orphan)",
  "     5.000 s  sample     40000  talking from sample 0 to 8: 2001",
  "     6.000 s  sample     48000  paused from sample 8000 by Ann (api)",
  "     7.000 s  sample     56000  resumed at sample 16000 by Ann (api)",
  "     8.000 s  sample     64000  pause requested by Ann (api): already",
  "     9.000 s  sample     72000  gap of 160 samples from 5: loss",
  "    10.000 s  sample     80000  rule Sales (group)",
  "    11.000 s  sample     88000  90 packets, 10 lost, jitter 0.5 ms, MOS 4.1",
  "    12.000 s  sample     96000  90 packets, 10 lost, jitter ?, MOS not measured",
  "    13.000 s  sample    104000  ended: remote-bye, degraded (packets-lost), 16000 samples",
  "    14.000 s  sample    112000  stored in pool main on /pool, 51 bytes",
];

test("each line is a sentence; what cannot be read is told", async (context) => {
  const file = join(await temporaryDirectory(context), "a.vrtx");
  const unknown = journalText([{ type: "weather" }]);
  await writeFile(file, `${journalText(LINES)}not json\n${unknown}{"torn`);
  const { code, stdout, stderr } = await run("inspect", file);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(stdout.split("\n"), [
    ...SHOWN,
    "line 16 cannot be read: It is not a JSON object.",
    "lines of types that this version does not know: weather",
    "the last line is torn",
    "",
  ]);
});

test("--json prints one document", async (context) => {
  const file = join(await temporaryDirectory(context), "a.vrtx");
  await writeFile(file, journalText([HEADER, END]));
  const { code, stdout } = await run("inspect", file, "--json");
  assert.equal(code, 0);
  const document: unknown = JSON.parse(stdout);
  assert.ok(typeof document === "object" && document !== null && "lines" in document);
  assert.ok(Array.isArray(document.lines));
  assert.equal(document.lines.length, 2);
});

test("what is no journal, or not there, exits 2 with a sentence", async (context) => {
  const directory = await temporaryDirectory(context);
  const audio = join(directory, "a.ul");
  await writeFile(audio, new Uint8Array(1_000).fill(0x0a));
  const missing = join(directory, "none.vrtx");
  const [noJournal, none, folder] = await Promise.all(
    [audio, missing, directory].map((file) => run("inspect", file)),
  );
  assert.deepEqual([noJournal?.code, none?.code, folder?.code], [2, 2, 2]);
  assert.match(noJournal?.stderr ?? "", /is no journal/);
  assert.match(none?.stderr ?? "", /cannot be read \(ENOENT\)/);
  assert.match(folder?.stderr ?? "", /cannot be read \(EISDIR\)/);
});
