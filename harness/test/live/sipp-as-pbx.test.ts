// SIPp in the part of the PBX against the standalone recorder: a third reading of RFC 3261 calls
// it, and the recorder takes these calls alone, because its IP Office cannot be reached (R3, R4,
// R6, R20; calls that nobody asked for are kept as orphans).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import { mixedFrame } from "@tapeline/simulator/pbx";
import { runSipp, type SippOptions } from "../../src/sipp/run-sipp.ts";
import { optionsScenario, pbxCallScenario } from "../../src/sipp/scenarios.ts";
import {
  filesIn,
  HOST,
  journalOf,
  keysWith,
  linesOf,
  LIVE_TEST_LIMIT_MS,
  liveRecorder,
  sipTitles,
  skipWithout,
  speexSamples,
  untilIdle,
  type LiveRecorder,
} from "./live-fixture.ts";

const CALLS = 20;
const FRAMES = 100;
/** Recordings stay complete in number and length: ± 20 ms is what formats and judges agree on. */
const TOLERANCE_SAMPLES = 160;
/** SIPp plays beside its signalling and cannot wait for its end: a busy machine gets so long. */
const PATIENCE_MS = 6_000;
/** µ-law fill. */
const SILENCE = 0xff;
/** Below the ports that free-ports.ts gives; what is taken there the recorder passes over. */
const FIRST_RTP_PORT = 8_000 + 2 * (process.pid % 5_900);
const RTP_RANGE = [FIRST_RTP_PORT, FIRST_RTP_PORT + 199];
/** Nobody listens there: port 9 is "discard", and no service of this machine. */
const UNREACHABLE = { host: HOST, port: 9, user: "recorder", password: "Passw0rd!" };
const PARTIES = { callee: "recorder", caller: "201", headers: ["User-Agent: IP Office"] };

const limits = { skip: skipWithout("sipp", "speexdec"), timeout: LIVE_TEST_LIMIT_MS };

/** Two seconds of speech that can be told from any other, as a raw µ-law file. */
const voice = Buffer.concat(
  Array.from({ length: FRAMES }, (_, frame) =>
    mixedFrame({ leg: 1, conversation: 1, frame, voices: [1, 2] }, { law: "PCMU" }),
  ),
);

function start(context: TestContext): Promise<LiveRecorder> {
  return liveRecorder(context, { devlink3: [UNREACHABLE], rtp: { range: RTP_RANGE } });
}

function sipp(recorder: LiveRecorder, options: Partial<SippOptions>) {
  return runSipp({
    scenarioXml: pbxCallScenario({
      ...PARTIES,
      media: { kind: "rtp-stream", file: "voice.ul" },
      durationMs: FRAMES * 20 + PATIENCE_MS,
    }),
    files: { "voice.ul": voice },
    remote: { host: HOST, port: recorder.sipPort },
    transport: "u1",
    calls: CALLS,
    ratePerSecond: 20,
    localHost: HOST,
    timeoutMs: 240_000,
    ...options,
  });
}

test(
  "20 calls by SIPp at once, no IP Office: 20 complete pairs with all SIP messages, and 20 .spx (R4, R6, R20)",
  limits,
  async (context) => {
    const recorder = await start(context);
    await recorder.start();
    const outcome = await sipp(recorder, {});
    assert.equal(outcome.exitCode, 0, outcome.problem ?? outcome.errors.join("\n"));
    assert.equal(outcome.statistics?.callsSuccessful, CALLS);
    await untilIdle(recorder);
    assert.equal(await recorder.process().stop(), 0, recorder.process().stderr);

    const keys = keysWith(recorder.live, ".vrtx");
    assert.equal(keys.length, CALLS);
    assert.deepEqual(keysWith(recorder.live, ".ul"), keys);
    assert.deepEqual(keysWith(recorder.pool, ".vrtx"), keys);
    assert.deepEqual(keysWith(recorder.pool, ".spx"), keys);
    const all = [...filesIn(recorder.live), ...filesIn(recorder.pool)];
    assert.equal(all.length, 4 * CALLS, "and nothing else");
    const callIds = keys.map((key) => checkLivePair(recorder, key));
    assert.equal(new Set(callIds).size, CALLS, "each recording has a call of its own");
    for (const path of filesIn(recorder.pool).filter((name) => name.endsWith(".spx"))) {
      const samples = await speexSamples(path);
      const wanted = readFileSync(join(recorder.live, `${basename(path, ".spx")}.ul`)).length;
      assert.ok(Math.abs(samples - wanted) <= TOLERANCE_SAMPLES, `${path}: ${samples}, ${wanted}`);
    }
  },
);

/** The bytes that SIPp played, then silence until it hung up: filled, and journalled as `tail`. */
function checkAudio(recorder: LiveRecorder, key: string): number {
  const audio = readFileSync(join(recorder.live, `${key}.ul`));
  assert.ok(audio.subarray(0, voice.length).equals(voice), `${key}: what SIPp played`);
  const rest = audio.subarray(voice.length);
  assert.ok(
    rest.every((byte) => byte === SILENCE),
    `${key}: and silence after it`,
  );
  const gaps = linesOf(journalOf(join(recorder.live, `${key}.vrtx`)), "gap");
  const tail = { fromSample: voice.length, samples: rest.length, cause: "tail" };
  assert.deepEqual(
    gaps.map(({ fromSample, samples, cause }) => ({ fromSample, samples, cause })),
    rest.length === 0 ? [] : [tail],
  );
  return audio.length;
}

/** Returns the SIP Call-ID. */
function checkLivePair(recorder: LiveRecorder, key: string): string {
  const samples = checkAudio(recorder, key);
  const journal = journalOf(join(recorder.live, `${key}.vrtx`));
  assert.equal(journal[0]?.type, "header");
  assert.deepEqual(journal[0]?.["files"], [`${key}.ul`]);
  // What is sent again on a slow machine is the same once more.
  const sent = new Map(linesOf(journal, "sip").map((line) => [String(line["text"]), line]));
  const titles = sipTitles([...sent.values()]);
  const shape = titles.map((title) => title.replace(/ sip:\S+/, "").replace(/ SIP\/2\.0$/, ""));
  assert.deepEqual(shape, [
    "in INVITE",
    "out SIP/2.0 200 OK",
    "in ACK",
    "in BYE",
    "out SIP/2.0 200 OK",
  ]);
  const texts = linesOf(journal, "sip").map((line) => String(line["text"]));
  for (const text of texts) {
    assert.match(text, new RegExp(`^Call-ID: ${String(journal[0]?.["sipCallId"])}\r$`, "m"));
  }
  assert.match(texts[0] ?? "", /m=audio \d+ RTP\/AVP 0/);
  assert.equal(linesOf(journal, "association").at(-1)?.["rung"], "orphan");
  const end = journal.at(-1);
  assert.deepEqual(
    [end?.type, end?.["outcome"], end?.["reason"], end?.["samples"]],
    ["end", "ok", "remote-bye", samples],
  );
  return String(journal[0]?.["sipCallId"]);
}

test("SIPp over TCP, and OPTIONS on both transports (R3)", limits, async (context) => {
  const recorder = await start(context);
  await recorder.start();
  const overTcp = await sipp(recorder, { transport: "t1", calls: 3 });
  assert.equal(overTcp.exitCode, 0, overTcp.problem ?? overTcp.errors.join("\n"));
  for (const transport of ["u1", "t1"] as const) {
    const scenarioXml = optionsScenario(PARTIES);
    const outcome = await sipp(recorder, { scenarioXml, transport, calls: 2 });
    assert.equal(outcome.exitCode, 0, outcome.problem ?? outcome.errors.join("\n"));
  }
  await untilIdle(recorder);
  const keys = keysWith(recorder.pool, ".spx");
  assert.equal(keys.length, 3);
  for (const key of keys) {
    checkAudio(recorder, key);
    const journal = journalOf(join(recorder.live, `${key}.vrtx`));
    assert.ok(linesOf(journal, "sip").every((line) => line["transport"] === "tcp"));
  }
});
