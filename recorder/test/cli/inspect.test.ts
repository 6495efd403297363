// `inspect`: a journal as a person reads it, and as JSON.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { journalText as journalLadder } from "../../src/inspect/ladder.ts";
import {
  ASSOCIATION,
  END,
  HEADER,
  INVITE,
  journalOf,
  journalText,
  KEY,
  MEDIA,
  sipLine,
  STATISTICS_LINE,
} from "../recording/journals.ts";
import { configuration, run, temporaryDirectory } from "./run.ts";

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

const HEAD = [
  `recordingId   ${KEY}`,
  "sipCallId     77aa@192.0.2.1",
  "liveStreamId  unknown",
  "began         2026-11-22T17:00:01.000Z",
  "call          unknown, part ?",
  "device call   unknown, end unknown",
  "agent         unknown (?), associated by rung orphan",
  "parties",
  "ended         remote-bye, degraded (packets-lost), 0:02.000",
];

const SHOWN = [
  `     0.000 s  sample         0  │ recording ${KEY}, SIP Call-ID 77aa@192.0.2.1`,
  "     2.000 s  sample     16000  │ RTP from 192.0.2.1:46750, SSRC 7, payload type 0, 20 ms after the answer",
  "     3.000 s  sample     24000  │ call c0a80a01-31-1795366801000, part 1, agent Ann Agent (rung 1)",
  "     4.000 s  sample     32000  │ call unknown, part ?, agent unknown (rung orphan)",
  "     5.000 s  sample     40000  │ talking from sample 0 to 8: 2001",
  "     6.000 s  sample     48000  │ paused from sample 8000 by Ann (api), filled with tone",
  "     7.000 s  sample     56000  │ resumed at sample 16000 by Ann (api)",
  "     8.000 s  sample     64000  │ pause requested by Ann (api): already",
  "     9.000 s  sample     72000  │ gap of 160 samples from 5: loss",
  "    10.000 s  sample     80000  │ rule Sales (group)",
  "    11.000 s  sample     88000  │ 90 packets, 10 lost, jitter 0.5 ms, MOS 4.1",
  "    12.000 s  sample     96000  │ 90 packets, 10 lost, jitter ?, MOS not measured",
  "    13.000 s  sample    104000  │ ended: remote-bye, degraded (packets-lost), 16000 samples",
  "    14.000 s  sample    112000  │ stored in pool main on /pool, 51 bytes",
];

const SUM = [
  "pauses:",
  "      0:01.000 – 0:02.000 by Ann (api)",
  "pause requests:",
  "      pause asked for by Ann (api) at x: already",
  "events:",
  "      0:00.000 – 0:00.001  talking: 2001",
  "gaps:",
  "      loss: 1, 0:00.020 in all",
];

test("R20, R21 head, ladder and sums; what cannot be read is told", async (context) => {
  const file = join(await temporaryDirectory(context), "a.vrtx");
  const unknown = journalText([{ type: "weather" }]);
  await writeFile(file, `${journalText(LINES)}not json\n${unknown}{"torn`);
  const { code, stdout, stderr } = await run("inspect", file);
  assert.deepEqual([code, stderr], [0, ""]);
  const shown = stdout.split("\n");
  assert.deepEqual(shown.slice(0, HEAD.length), HEAD);
  assert.match(
    shown[HEAD.length + 1] ?? "",
    /IP Office 192\.0\.2\.1:5060 +recorder 192\.0\.2\.10:5060$/,
  );
  const invite = shown.find((line) => line.includes("│── INVITE sip:"));
  assert.match(
    invite ?? "",
    /^ {5}1\.000 s .*SIP\/2\.0 ─+▶│ {2}udp 192\.0\.2\.1:5060, audio 46750 /,
  );
  const rest = shown.slice(HEAD.length + 2).filter((_line, index) => index !== 1);
  assert.deepEqual(rest, [
    ...SHOWN,
    "",
    ...SUM,
    "line 16 cannot be read: It is not a JSON object.",
    "lines of types that this version does not know: weather",
    "the last line is torn",
    "",
  ]);
});

test("R20 arrows point the way that messages went, with what their SDP says of audio", () => {
  const sdp =
    "SIP/2.0 200 OK\r\nCall-ID: x\r\n\r\nv=0\r\nc=IN IP4 192.0.2.10\r\nm=audio 5004 RTP/AVP 0\r\n";
  const text = journalLadder(journalOf([HEADER, INVITE, sipLine("out", sdp)]));
  assert.match(
    text,
    /│◀─+ SIP\/2\.0 200 OK ──│ {2}udp \S+, audio 5004 RTP\/AVP 0 at 192\.0\.2\.10\n/,
  );
  assert.match(text, /ended +not yet/);
  assert.match(text, /pauses: none\npause requests: none\nevents: none\ngaps: none\n/);
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

/** A recorder's files: one call, with what each log says of it and of another. */
async function site(context: TestContext): Promise<string> {
  const { file, directory } = await configuration(context);
  const put = async (path: string, lines: readonly unknown[] | string): Promise<void> => {
    const full = join(directory, "data", path);
    await mkdir(dirname(full), { recursive: true });
    const rows = (line: unknown): string =>
      typeof line === "string" ? line : JSON.stringify(line);
    await writeFile(full, typeof lines === "string" ? lines : `${lines.map(rows).join("\n")}\n`);
  };
  const association = { ...ASSOCIATION, liveStreamId: "r7Qk2" };
  await put(`live/${KEY}.tmpvrtx`, journalText([HEADER, INVITE, MEDIA, association]));
  await put(`live/${KEY}.ul`, "\xff".repeat(100));
  const at = "2026-11-22T17:00:03.000Z";
  const { deviceCallId, endId, callKey } = ASSOCIATION as Record<string, unknown>;
  const [, node, callId] = /^(.*)-(\d+)$/.exec(String(deviceCallId)) ?? [];
  await put("state/calls.jsonl", [
    { type: "call", callKey, parts: [{ recordingKey: KEY }] },
    { type: "call", callKey: "other", parts: [] },
  ]);
  await put("state/audit.jsonl", [
    { at, action: "listen", target: KEY },
    { at, target: "other" },
  ]);
  await put("log/library.log.1", [{ at, msg: "came in", sipCallId: "77aa@192.0.2.1" }]);
  await put("log/library.log", [
    { at, msg: "ours", recordingId: KEY },
    { at, recordingId: `${KEY}9` },
  ]);
  await put("log/server.log", [
    { at, msg: "answered", liveStreamId: "r7Qk2" },
    { at, liveStreamId: "r7Qk22" },
  ]);
  await put("log/server_edition/call_center.log", [
    { at, deviceCallId },
    { at, deviceCallId: "x-1" },
  ]);
  await put("log/server_edition/events.log", [
    `${at} 192.0.2.1 ${JSON.stringify({ kind: "Detail", call: { node, callId: Number(callId), x: 1 } })}`,
    `${at} 192.0.2.1 ${JSON.stringify({ kind: "CallLost", node, endId })}`,
    `2026-11-23T00:00:00.000Z 192.0.2.1 ${JSON.stringify({ kind: "CallLost", node, endId })}`,
  ]);
  await put("log/cd3_log", [
    `${at} 192.0.2.1 out ${Buffer.from("sip:r7Qk2@192.0.2.10").toString("hex")}`,
    `${at} 192.0.2.1 in 49000800300001`,
  ]);
  return file;
}

interface Gathered {
  readonly recordings: readonly {
    readonly recordingKey: string;
    readonly journals: readonly { readonly lines: readonly unknown[] }[];
    readonly ul: { readonly bytes: number } | null;
    readonly calls: readonly unknown[];
    readonly audit: readonly unknown[];
    readonly log: readonly { readonly file: string; readonly line: string }[];
  }[];
}

test("R19 any of the three tags gathers journal, audio, call row, audit and log lines of all files", async (context) => {
  const file = await site(context);
  for (const id of [KEY, "77aa@192.0.2.1", "r7Qk2"]) {
    const { code, stdout, stderr } = await run("inspect", id, "--config", file, "--json");
    assert.equal(code, 0, stderr);
    const { recordings } = JSON.parse(stdout) as Gathered;
    const [found] = recordings;
    assert.equal(recordings.length, 1);
    assert.equal(found?.recordingKey, KEY);
    assert.equal(found?.journals[0]?.lines.length, 4);
    assert.equal(found?.ul?.bytes, 200);
    assert.deepEqual([found?.calls.length, found?.audit.length], [1, 1]);
    assert.deepEqual(
      found?.log.map((line) => line.file),
      [
        ...["library.log.1", "library.log", "server.log", "cd3_log"],
        ...["server_edition/events.log", "server_edition/events.log"],
        "server_edition/call_center.log",
      ],
    );
  }
});

test("for people the files, rows and log lines stand below the ladder; a file may be named too", async (context) => {
  const file = await site(context);
  const journal = join(dirname(file), "data/live", `${KEY}.tmpvrtx`);
  const { code, stdout } = await run("inspect", journal, "--config", file);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /│── INVITE[^]*\nfiles:\n.*\.tmpvrtx\n.*\.ul {2}200 bytes\ncalls:\n[^]*audit:\n[^]*log:\n/,
  );
  const nobody = await run("inspect", "nobody", "--config", file);
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /neither a file nor the recordingId, sipCallId or liveStreamId/);
});

test("R19 a recording of many hours with a gap in each second is gathered like any", async (context) => {
  const file = await site(context);
  const path = join(dirname(file), "data/live", `${KEY}.tmpvrtx`);
  const gap = { type: "gap", fromSample: 5, samples: 160, cause: "loss" };
  const gaps = Array.from({ length: 150_000 }, () => gap);
  await writeFile(path, journalText([HEADER, INVITE, MEDIA, ...gaps]));
  const { code, stdout, stderr } = await run("inspect", KEY, "--config", file, "--json");
  assert.equal(code, 0, stderr);
  const { recordings } = JSON.parse(stdout) as Gathered;
  assert.equal(recordings[0]?.journals[0]?.lines.length, gaps.length + 3);
});
