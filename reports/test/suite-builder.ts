// Builders of results and evidence for the tests of the reports. Everything has a default, so that
// what a test sets is what it is about. Audio is a tone computed from its sample number.
import type {
  AudioTrack,
  LadderMessage,
  RunEvidence,
  RunResult,
  SuiteResult,
} from "../src/index.ts";

const RECORDING_KEY = "018f3a52-7c1e-7000-8000-0123456789ab-1795366801234";

/** A passed run of basics/one-call with one recording of a minute. */
export function aRun(changes: Partial<RunResult> = {}): RunResult {
  return {
    scenario: "basics/one-call",
    mode: "virtual",
    seed: "s1",
    verdict: "pass",
    why: null,
    proves: ["R1", "R4"],
    virtualMs: 61_000,
    wallMs: 45,
    traceHash: "5f3c1d",
    recordings: [
      {
        recordingKey: RECORDING_KEY,
        outcome: "ok",
        why: null,
        samples: 480_000,
        part: 1,
        callKey: "1-31-1795366800000",
        loss: 0,
        mos: 4.41,
      },
    ],
    checks: [
      { name: "audio", verdict: "pass", detail: null },
      { name: "sip", verdict: "pass", detail: null },
    ],
    artifacts: { ladder: null, pcap: null, trace: null, log: null, live: null, pool: null },
    ...changes,
  };
}

/** A run that failed its audio check. */
export function aFailedRun(changes: Partial<RunResult> = {}): RunResult {
  return aRun({
    scenario: "media/loss-and-reorder",
    verdict: "fail",
    why: "audio: frame 812 of voice 201 is missing",
    checks: [{ name: "audio", verdict: "fail", detail: "frame 812 of voice 201 is missing" }],
    ...changes,
  });
}

/** A suite of these runs with the counts that belong to them. */
export function aSuite(runs: readonly RunResult[] = [aRun()]): SuiteResult {
  const count = (verdict: string): number => runs.filter((run) => run.verdict === verdict).length;
  return {
    version: 1,
    commit: "0123abc",
    startedAt: "2026-11-22T21:50:01.000Z",
    summary: { passed: count("pass"), failed: count("fail"), skipped: count("skip") },
    runs,
  };
}

/** A SIP message from the IP Office to the recorder. */
export function aMessage(changes: Partial<LadderMessage> = {}): LadderMessage {
  return {
    atMs: 120,
    protocol: "sip",
    from: "IP Office",
    to: "Recorder",
    title: "INVITE",
    text: "INVITE sip:rec@192.0.2.10 SIP/2.0\r\nCall-ID: a1\r\n\r\n",
    ...changes,
  };
}

/** A minute of two voices with a pause in it. */
export function aTrack(changes: Partial<AudioTrack> = {}): AudioTrack {
  return {
    recordingKey: RECORDING_KEY,
    title: "201 with 0123456789",
    audio: speechLike(480_000),
    spans: [
      { fromSample: 0, toSample: 160_000, kind: "talking", label: "201" },
      { fromSample: 150_000, toSample: 480_000, kind: "talking", label: "0123456789" },
      { fromSample: 200_000, toSample: 240_000, kind: "pause", label: "by api" },
      { fromSample: 300_000, toSample: 304_000, kind: "gap", label: "loss" },
      { fromSample: 330_000, toSample: 380_000, kind: "held", label: "201 holds" },
    ],
    ...changes,
  };
}

/** A short ladder, one track, one note. */
export function someEvidence(changes: Partial<RunEvidence> = {}): RunEvidence {
  return {
    ladder: [
      aMessage(),
      aMessage({ atMs: 141, from: "Recorder", to: "IP Office", title: "200 OK" }),
      aMessage({ atMs: 160, title: "ACK" }),
      aMessage({
        atMs: 161,
        protocol: "devlink3",
        title: "Event Detail call 31",
        text: "<CallInfo/>",
      }),
      aMessage({ atMs: 170, protocol: "rtp", title: "RTP PCMU 3,000 packets", text: "ssrc 1" }),
      aMessage({ atMs: 60_200, title: "BYE" }),
    ],
    tracks: [aTrack()],
    notes: [{ atMs: 20_000, text: "201 pauses the recording" }],
    ...changes,
  };
}

/** µ-law that rises and falls like speech, the same at every call. */
export function speechLike(samples: number): Uint8Array {
  const audio = new Uint8Array(samples);
  for (let at = 0; at < samples; at += 1) {
    const loudness = Math.abs(Math.sin(at / 9_000) * Math.sin(at / 1_700));
    const magnitude = Math.floor(loudness * 100);
    audio[at] = (at % 16 < 8 ? 0x80 : 0) | (127 - magnitude);
  }
  return audio;
}
