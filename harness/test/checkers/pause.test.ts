// pause: a frame that was spoken during a pause is found wherever it is put (R21).
import assert from "node:assert/strict";
import { test } from "node:test";
import { audioChecker } from "../../src/checkers/audio.ts";
import { pauseChecker, pausedFrames } from "../../src/checkers/pause.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import { BUSY, complains, passes, recordOf, withJournal } from "./spoiled-run.ts";

const record = await recordOf(BUSY);

/** A frame of Alice's from the middle of her pause, as it was on the wire. */
const leaked = ((): Uint8Array => {
  const [pause] = record.pauses;
  assert.ok(pause !== undefined && pause.toMs !== null);
  const middleMs = (pause.fromMs + pause.toMs) / 2;
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  const frames = legs.find(({ leg }) => leg === pause.leg)?.frames ?? [];
  const payload = frames.find(({ sentMs }) => sentMs >= middleMs)?.payload;
  assert.ok(payload instanceof Uint8Array);
  return payload;
})();

function withFile(name: string, bytes: Uint8Array): RunRecord {
  return { ...record, artefacts: [...record.artefacts, { name, bytes }] };
}

test("R21: a run with a pause passes, and knows a second of paused frames", () => {
  passes(record);
  const { size } = pausedFrames(record);
  assert.ok(size > 45 && size < 55, String(size));
  assert.ok(record.artefacts.some(({ name }) => name.endsWith(".ul")));
});

test("R21: a paused frame in a pool's file is found", () => {
  const file = Buffer.concat([Buffer.from("head"), leaked]);
  complains(withFile("/pool/x.spx", file), "pause", /frame \d+ of leg 1, .* stands in \/pool\/x/);
});

test("R21: a paused frame in a log is found, as hex and as base64", () => {
  for (const encoding of ["hex", "base64", "base64url"] as const) {
    const line = JSON.stringify({ level: "debug", data: Buffer.from(leaked).toString(encoding) });
    complains({ ...record, log: [...record.log, line] }, "pause", /stands in the log/);
    complains(withFile("/log/library.log", Buffer.from(line)), "pause", /library\.log/);
  }
});

test("R21: a paused frame in a recording, or heard by a listener, is found", () => {
  const [recording, ...others] = record.recordings;
  const [listener] = record.listeners;
  assert.ok(recording !== undefined && listener !== undefined);
  const recordings = [{ ...recording, audio: leaked }, ...others];
  assert.match(pauseChecker.check({ ...record, recordings }).join(), /\.ul$/);
  const listeners = [{ ...listener, pieces: [...listener.pieces, { sample: 0, bytes: leaked }] }];
  assert.match(pauseChecker.check({ ...record, listeners }).join(), /what listener 0 of .* heard/);
});

test("R21: a capture of which the journal does not say what was paused is found out", () => {
  const recordings = record.recordings.map((recording) => ({
    ...recording,
    journal: recording.journal.filter(({ type }) => type !== "pause" && type !== "resume"),
  }));
  assert.match(pauseChecker.check({ ...record, recordings }).join(), /stands in the capture/);
});

test("what was spoken outside the pause may stand anywhere", () => {
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  const [first] = legs.flatMap(({ frames }) => frames);
  assert.ok(first?.payload instanceof Uint8Array);
  assert.deepEqual(pauseChecker.check(withFile("/log/x", first.payload)), []);
});

/** The edges of Alice's pause, moved by so many samples. */
function moved(from: number, to: number): string {
  const spoiled = withJournal(record, 0, (journal) =>
    journal.map((line) => {
      const shifted = { ...line };
      if (line.type === "pause") Object.assign(shifted, edges(line, { from, to: 0 }));
      if (line.type === "resume") Object.assign(shifted, edges(line, { from, to }));
      return shifted;
    }),
  );
  return audioChecker.check(spoiled).join("; ");
}

function edges(
  { fromSample, toSample }: Readonly<Record<string, unknown>>,
  by: { readonly from: number; readonly to: number },
) {
  return {
    fromSample: Number(fromSample) + by.from,
    ...(toSample === undefined ? {} : { toSample: Number(toSample) + by.to }),
  };
}

test("R21: a pause that is off by one packet is found by what had come, whatever the fill", () => {
  assert.equal(moved(0, 0), "");
  assert.match(moved(160, 0), /the pause at sample \d+ begins 160 samples \(20 ms\) late/);
  assert.match(moved(-160, 0), /the pause at sample \d+ begins 160 samples \(20 ms\) early/);
  assert.match(moved(0, -160), /the pause until sample \d+ ends \d+ samples \(1[4-9] ms\) early/);
  assert.match(moved(0, 160), /the pause until sample \d+ ends \d+ samples \(1[4-9] ms\) late/);
});
