// The SIPp runner against a tiny server on loopback: SIPp in the part of the PBX, its audio
// byte for byte, its failures as values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { argumentsOf, findSipp, runSipp, SIPP_PACKAGE } from "../../src/sipp/run-sipp.ts";
import type { SippOptions, SippOutcome } from "../../src/sipp/run-sipp.ts";
import { rtpCapture } from "../../src/sipp/rtp-capture.ts";
import { cancelScenario, optionsScenario, pbxCallScenario } from "../../src/sipp/scenarios.ts";
import { startTinyServer } from "./tiny-server.ts";
import type { InviteAnswer, TinyServer } from "./tiny-server.ts";

const parties = { callee: "rec", caller: "201", headers: ["User-Agent: IP Office"] };
const isMissing = findSipp(process.env["PATH"] ?? "") === null;
// In CI a missing judge is a failure: the test runs and runSipp says what to install.
const skip = isMissing && process.env["CI"] !== "true" ? `needs Debian's ${SIPP_PACKAGE}` : false;
const limits = { skip, timeout: 500_000 };
/** From ACK to BYE, for half a second of audio: SIPp cannot wait for its end. */
const PLAYS_MS = 6_000;
const isRoot = process.getuid?.() === 0;

function ulaw(frames: number): Uint8Array {
  return Uint8Array.from({ length: frames * 160 }, (_, at) => at % 251);
}

async function against(
  server: { readonly transport: "udp" | "tcp"; readonly answer: InviteAnswer },
  options: Partial<SippOptions>,
): Promise<{ readonly outcome: SippOutcome; readonly seen: TinyServer }> {
  const seen = await startTinyServer(server.transport, server.answer);
  try {
    const outcome = await runSipp({
      scenarioXml: optionsScenario(parties),
      remote: { host: "127.0.0.1", port: seen.port },
      transport: server.transport === "udp" ? "u1" : "t1",
      calls: 1,
      ratePerSecond: 10,
      localHost: "127.0.0.1",
      timeoutMs: 120_000,
      ...options,
    });
    return { outcome, seen };
  } finally {
    await seen.close();
  }
}

test("OPTIONS is answered; counters, messages and screen are read", limits, async () => {
  const { outcome, seen } = await against({ transport: "udp", answer: "answer" }, { calls: 2 });
  assert.equal(outcome.exitCode, 0);
  assert.equal(outcome.isTimedOut, false);
  assert.equal(outcome.statistics?.callsSuccessful, 2);
  assert.equal(outcome.statistics.callsFailed, 0);
  assert.deepEqual(outcome.errors, []);
  assert.match(outcome.messages, /User-Agent: IP Office/);
  assert.match(outcome.screen, /OPTIONS/);
  assert.deepEqual(seen.requests, ["OPTIONS", "OPTIONS"]);
});

test(
  "a PBX call: INVITE, ACK, µ-law audio byte for byte by rtp_stream, BYE",
  { skip },
  async () => {
    const audio = ulaw(25);
    const { outcome, seen } = await against(
      { transport: "udp", answer: "answer" },
      {
        scenarioXml: pbxCallScenario({
          ...parties,
          media: { kind: "rtp-stream", file: "voice.ul" },
          durationMs: PLAYS_MS,
        }),
        files: { "voice.ul": audio },
      },
    );
    assert.equal(outcome.exitCode, 0, outcome.problem ?? outcome.errors.join("\n"));
    assert.deepEqual(seen.requests, ["INVITE", "ACK", "BYE"]);
    const [stream] = [...seen.audio.values()];
    assert.deepEqual(Buffer.concat(stream ?? []), Buffer.from(audio));
  },
);

test(
  "captures give each concurrent call a source port of its own",
  { ...limits, skip: skip === false && !isRoot ? "playing a capture needs root" : skip },
  async () => {
    const audio = ulaw(25);
    const { outcome, seen } = await against(
      { transport: "udp", answer: "answer" },
      {
        scenarioXml: pbxCallScenario({
          ...parties,
          media: { kind: "capture", file: "voice.pcapng" },
          durationMs: PLAYS_MS,
        }),
        files: { "voice.pcapng": rtpCapture(audio) },
        calls: 3,
      },
    );
    assert.equal(outcome.statistics?.callsSuccessful, 3, outcome.errors.join("\n"));
    assert.equal(seen.audio.size, 3);
    for (const stream of seen.audio.values()) {
      assert.deepEqual(Buffer.concat(stream), Buffer.from(audio));
    }
  },
);

test("CANCEL before the answer: 200 for CANCEL, 487 for INVITE, then ACK", limits, async () => {
  const { outcome, seen } = await against(
    { transport: "udp", answer: "ring" },
    { scenarioXml: cancelScenario(parties, 50) },
  );
  assert.equal(outcome.exitCode, 0, outcome.errors.join("\n"));
  assert.deepEqual(seen.requests, ["INVITE", "CANCEL", "ACK"]);
});

test("a call over TCP", limits, async () => {
  const { outcome, seen } = await against(
    { transport: "tcp", answer: "answer" },
    { scenarioXml: pbxCallScenario({ ...parties, media: { kind: "none" }, durationMs: 50 }) },
  );
  assert.equal(outcome.exitCode, 0, outcome.errors.join("\n"));
  assert.deepEqual(seen.requests, ["INVITE", "ACK", "BYE"]);
  assert.match(outcome.messages, /SIP\/2\.0\/TCP/);
});

test("a refused call is a failed call with SIPp's own words", limits, async () => {
  const { outcome } = await against(
    { transport: "udp", answer: "refuse" },
    { scenarioXml: pbxCallScenario({ ...parties, media: { kind: "none" }, durationMs: 50 }) },
  );
  assert.equal(outcome.exitCode, 1);
  assert.equal(outcome.statistics?.callsFailed, 1);
  assert.equal(outcome.statistics.unexpectedMessages, 1);
  assert.match(outcome.errors.join("\n"), /503 Service Unavailable/);
});

test("silence ends at the time limit and says so", limits, async () => {
  const { outcome } = await against(
    { transport: "udp", answer: "ignore" },
    {
      scenarioXml: pbxCallScenario({ ...parties, media: { kind: "none" }, durationMs: 50 }),
      timeoutMs: 1_000,
    },
  );
  assert.equal(outcome.isTimedOut, true);
  assert.notEqual(outcome.exitCode, 0);
  assert.equal(outcome.statistics?.callsSuccessful ?? 0, 0);
});

test("a scenario that SIPp cannot read is an outcome with its message", limits, async () => {
  const { outcome } = await against(
    { transport: "udp", answer: "answer" },
    { scenarioXml: "<scenario><nonsense></scenario>" },
  );
  assert.notEqual(outcome.exitCode, 0);
  assert.equal(outcome.statistics, null);
  assert.match(outcome.problem ?? "", /no line of figures; SIPp said: ./);
});

test("a file name that leaves SIPp's folder is refused", limits, async () => {
  const files = { "../voice.ul": ulaw(1) };
  await assert.rejects(against({ transport: "udp", answer: "answer" }, { files }), RangeError);
});

test("SIPp is looked for along the search path", () => {
  assert.equal(findSipp("/nowhere:/neither"), null);
  assert.equal(findSipp(""), null);
});

test("rates below one call a second and IPv6 peers are spelled as SIPp wants them", () => {
  const given = argumentsOf({
    scenarioXml: "",
    remote: { host: "::1", port: 5060 },
    transport: "u1",
    calls: 4,
    ratePerSecond: 0.5,
    concurrentCalls: 2,
    localHost: "::1",
    localPort: 40_000,
    mediaPort: 42_000,
    timeoutMs: 1_500,
  });
  const after = (name: string): string | undefined => given[given.indexOf(name) + 1];
  assert.deepEqual([after("-r"), after("-rp"), after("-l")], ["5", "10000", "2"]);
  assert.equal(after("-timeout"), "2s");
  assert.equal(given.at(-1), "[::1]:5060");
});
