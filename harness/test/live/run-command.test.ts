// `npx testbed run basics/one-call --mode live --json`: the document of formats.md and nothing
// else, and evidence that other programs read the same way: tshark the capture, speexdec the
// compressed recording (R4, R6, R8; formats.md, "Result of a run").
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { test } from "node:test";
import {
  filesIn,
  journalOf,
  linesOf,
  LIVE_TEST_LIMIT_MS,
  newFolder,
  removeFolder,
  REPOSITORY,
  run,
  skipWithout,
  speexSamples,
} from "./live-fixture.ts";

const TOLERANCE_SAMPLES = 160;
const FRAME_SAMPLES = 160;
const SILENCE = 0xff;

type Fields = Readonly<Record<string, unknown>>;

interface Recording extends Fields {
  readonly recordingKey: string;
  readonly samples: number;
}

interface Run extends Fields {
  readonly recordings: readonly Recording[];
  readonly checks: readonly Fields[];
  readonly artifacts: Readonly<Record<string, string | null>>;
}

const RUN_FIELDS = [
  ...["scenario", "mode", "seed", "verdict", "why", "proves", "virtualMs", "wallMs", "traceHash"],
  ...["recordings", "checks", "artifacts"],
];
const RECORDING_FIELDS = [
  ...["recordingKey", "outcome", "why", "samples", "part", "callKey", "loss", "mos"],
];

test(
  "npx testbed run basics/one-call --mode live --json: the document, and bytes that tshark and speexdec confirm (R4, R6, R8)",
  { skip: skipWithout("tshark", "speexdec"), timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const out = await newFolder();
    context.after(() => removeFolder(out));
    const given = ["testbed", "run", "basics/one-call", "--mode", "live", "--json", "--out", out];
    const ended = await run("npx", given, { cwd: REPOSITORY });
    assert.equal(ended.code, 0, ended.stderr);
    // JSON.parse refuses anything beside one document.
    const document = JSON.parse(ended.stdout.toString()) as Fields;
    const one = checkDocument(document);
    const [recording] = one.recordings;
    assert.ok(recording !== undefined && one.recordings.length === 1);
    const { live, pool, pcap } = one.artifacts;
    const journal = journalOf(join(live ?? "", `${recording.recordingKey}.vrtx`));
    const audio = readFileSync(join(live ?? "", `${recording.recordingKey}.ul`));
    assert.equal(audio.length, recording.samples);

    const sent = await payloadsByTshark(pcap ?? "");
    assert.ok(sent.length > 0);
    assert.ok(audio.subarray(0, sent.length).equals(sent), "the bytes that tshark sees, in order");
    const rest = audio.subarray(sent.length);
    const tail = linesOf(journal, "gap").find((line) => line["cause"] === "tail");
    assert.equal(rest.length, tail?.["samples"] ?? 0, "nothing else but a fill that is journalled");
    assert.ok(rest.every((byte) => byte === SILENCE));

    const [spx] = filesIn(pool ?? "").filter((path) =>
      path.endsWith(`${recording.recordingKey}.spx`),
    );
    const samples = await speexSamples(spx ?? "");
    assert.ok(Math.abs(samples - audio.length) <= TOLERANCE_SAMPLES, `${samples}, ${audio.length}`);
  },
);

/** Shape and values of formats.md, "Result of a run". */
function checkDocument(document: Fields): Run {
  assert.equal(document["version"], 1);
  assert.match(String(document["commit"]), /^([0-9a-f]{40}|unknown)$/);
  const startedAt = String(document["startedAt"]);
  assert.equal(new Date(startedAt).toISOString(), startedAt);
  assert.deepEqual(document["summary"], { passed: 1, failed: 0, skipped: 0 });
  const runs = document["runs"] as readonly Run[];
  assert.equal(runs.length, 1);
  const [one] = runs;
  assert.ok(one !== undefined);
  for (const field of RUN_FIELDS) assert.ok(field in one, `a run has ${field}`);
  const { scenario, mode, verdict, why, traceHash } = one;
  assert.deepEqual(
    { scenario, mode, verdict, why, traceHash },
    { scenario: "basics/one-call", mode: "live", verdict: "pass", why: null, traceHash: null },
  );
  assert.equal(typeof one["seed"], "string");
  assert.equal(typeof one["wallMs"], "number");
  assert.ok((one["proves"] as readonly string[]).includes("R1"));
  for (const recording of one.recordings) checkRecording(recording);
  assert.ok(one.checks.length > 0);
  for (const { name, verdict: each, detail } of one.checks) {
    assert.deepEqual({ each, detail }, { each: "pass", detail: null }, String(name));
  }
  for (const name of ["ladder", "pcap", "log", "live", "pool"]) {
    const path = one.artifacts[name] ?? "";
    assert.ok(isAbsolute(path) && existsSync(path), `artifacts.${name}: ${path}`);
  }
  assert.equal(one.artifacts["trace"], null, "a trace is for virtual runs");
  return one;
}

function checkRecording(recording: Recording): void {
  for (const field of RECORDING_FIELDS) assert.ok(field in recording, `a recording has ${field}`);
  assert.match(recording.recordingKey, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{13}$/);
  assert.match(String(recording["callKey"]), /^[0-9a-f]{8}-\d+-\d{13}$/);
  const { outcome, why, part, loss } = recording;
  assert.deepEqual({ outcome, why, part, loss }, { outcome: "ok", why: null, part: 1, loss: 0 });
  assert.ok(Number(recording["mos"]) > 4, "G.711 without loss");
}

/** The RTP payloads of the capture by timestamp; tshark finds RTP by the SDP of the capture. */
async function payloadsByTshark(pcap: string): Promise<Buffer> {
  const fields = ["rtp.ssrc", "rtp.timestamp", "rtp.p_type", "rtp.payload"];
  const ended = await run("tshark", [
    ...["-r", pcap, "-Y", "rtp", "-T", "fields", "-E", "separator=;"],
    ...fields.flatMap((field) => ["-e", field]),
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  const rows = ended.stdout.toString().trim().split("\n");
  const packets = rows.map((row) => {
    const [ssrc = "", timestamp = "", payloadType = "", payload = ""] = row.split(";");
    const bytes = Buffer.from(payload.replaceAll(":", ""), "hex");
    return { ssrc, timestamp: Number(timestamp), payloadType, bytes };
  });
  const [first] = packets;
  assert.ok(first !== undefined);
  const pieces: Buffer[] = [];
  for (const [index, packet] of packets.entries()) {
    assert.equal(packet.payloadType, "0");
    assert.equal(packet.ssrc, first.ssrc);
    assert.equal((packet.timestamp - first.timestamp) >>> 0, index * FRAME_SAMPLES);
    pieces.push(packet.bytes);
  }
  return Buffer.concat(pieces);
}
