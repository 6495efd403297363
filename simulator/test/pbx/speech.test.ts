// Mixed speech: pure, at its level, never clipped, turn by turn, and fit for Speex.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findFrameTags } from "../../src/pbx/frame-tag.ts";
import { isSpeaking, mixedFrame } from "../../src/pbx/speech.ts";
import { VOICE_PEAK, VOICE_RMS, voiceLoop } from "../../src/pbx/voice.ts";
import { asUlaw, decodeSamples } from "../../src/wire/g711.ts";
import type { Law } from "../../src/wire/g711.ts";

interface Talk {
  readonly conversation: number;
  readonly voices: readonly number[];
  readonly frames: number;
  readonly law?: Law;
}

function speak({ conversation, voices, frames, law = "PCMU" }: Talk): Uint8Array {
  const audio = new Uint8Array(frames * 160);
  for (let frame = 0; frame < frames; frame += 1) {
    audio.set(mixedFrame({ leg: 1, conversation, frame, voices }, { law }), frame * 160);
  }
  return asUlaw(law, audio);
}

function envelope(samples: Int16Array): number[] {
  const levels: number[] = [];
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    let energy = 0;
    for (const sample of samples.subarray(at, at + 160)) energy += sample * sample;
    levels.push(Math.sqrt(energy / 160));
  }
  return levels;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function correlation(left: readonly number[], right: readonly number[]): number {
  const [meanLeft, meanRight] = [mean(left), mean(right)];
  const cross = mean(left.map((value, index) => (value - meanLeft) * (right[index]! - meanRight)));
  const spread = mean(left.map((value) => (value - meanLeft) ** 2));
  return cross / Math.sqrt(spread * mean(right.map((value) => (value - meanRight) ** 2)));
}

test("a frame is a pure function of its tag, so that it can be made again", () => {
  const tag = { leg: 4, conversation: 12, frame: 345, voices: [3, 8] };
  const first = mixedFrame(tag, { law: "PCMU" });
  mixedFrame({ ...tag, frame: 1 }, { law: "PCMU" });
  assert.deepEqual(mixedFrame(tag, { law: "PCMU" }), first);
  assert.notDeepEqual(mixedFrame({ ...tag, frame: 346 }, { law: "PCMU" }), first);
});

test("every frame of ten seconds is found again, in both laws and without voices", () => {
  for (const law of ["PCMU", "PCMA"] as const) {
    for (const voices of [[], [5], [5, 6, 7]]) {
      const found = findFrameTags(speak({ conversation: 3, voices, frames: 500, law }));
      assert.deepEqual(
        found.map(({ offset, tag }) => [offset, tag.frame]),
        Array.from({ length: 500 }, (_, frame) => [frame * 160, frame]),
      );
    }
  }
});

test("voices are at −20 dBm0, and three of them cannot clip", () => {
  for (const timbre of [0, 5, 11]) {
    const loop = voiceLoop(timbre);
    const level = Math.sqrt(mean([...loop].map((sample) => sample * sample)));
    assert.ok(Math.abs(20 * Math.log10(level / VOICE_RMS)) < 0.5);
    assert.ok(loop.every((sample) => Math.abs(sample) <= VOICE_PEAK));
  }
  const samples = decodeSamples(
    "PCMU",
    speak({ conversation: 9, voices: [1, 2, 3], frames: 1500 }),
  );
  assert.ok(samples.every((sample) => Math.abs(sample) < 32_000));
});

test("parties mostly take turns, sometimes overlap, sometimes pause", () => {
  const counts = [0, 0, 0];
  for (let frame = 0; frame < 30_000; frame += 1) {
    const tag = { leg: 1, conversation: 4, frame, voices: [21, 34] };
    counts[Number(isSpeaking(tag, 21)) + Number(isSpeaking(tag, 34))]! += 1;
  }
  const [none, one, both] = counts.map((count) => count / 30_000) as [number, number, number];
  assert.ok(one > 0.55, `one speaks ${one} of the time`);
  assert.ok(none > 0.03 && none < 0.3, `nobody ${none}`);
  assert.ok(both > 0.05 && both < 0.35, `both ${both}`);
});

test("without voices there is a quiet line, about −50 dBm0", () => {
  const samples = decodeSamples("PCMU", speak({ conversation: 2, voices: [], frames: 200 }));
  assert.ok(samples.every((sample) => Math.abs(sample) < 200));
});

test("a voice has a rhythm of three to five syllables a second", () => {
  const levels = envelope(voiceLoop(2));
  let peaks = 0;
  for (let at = 2; at < levels.length - 2; at += 1) {
    const around = levels.slice(at - 2, at + 3);
    if (levels[at] === Math.max(...around) && levels[at]! > 300) peaks += 1;
  }
  const rate = peaks / (levels.length * 0.02);
  assert.ok(rate > 2.5 && rate < 6.5, `${rate} a second`);
});

const isMissing = spawnSync("speexenc", ["--version"]).error !== undefined;
const skip =
  isMissing && process.env["CI"] !== "true"
    ? "speexenc is missing: install the package speex"
    : false;

test("the energy envelope survives Speex with a correlation of 0.9 or more", { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), "speech-"));
  try {
    for (const [conversation, voices, frames] of [
      [1, [1, 2], 1000],
      [2, [3], 300],
      [9, [4, 5, 6], 500],
      [31, [7, 8], 150],
      [5, [], 300],
    ] as const) {
      const samples = decodeSamples("PCMU", speak({ conversation, voices, frames }));
      const [raw, speex, back] = ["a.raw", "a.spx", "b.raw"].map((name) => join(directory, name));
      writeFileSync(raw!, new Uint8Array(samples.buffer));
      const format = ["--rate", "8000", "--le", "--16bit", "--quality", "8"];
      execFileSync("speexenc", [...format, raw!, speex!], { stdio: "ignore" });
      execFileSync("speexdec", [speex!, back!], { stdio: "ignore" });
      const bytes = new Uint8Array(readFileSync(back!));
      const decoded = new Int16Array(bytes.buffer, 0, bytes.length >> 1);
      const match = correlation(envelope(samples), envelope(decoded));
      assert.ok(match >= 0.9, `conversation ${conversation}: ${match}`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
