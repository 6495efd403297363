// pause: a frame that was spoken during a pause is found wherever it is put (R21).
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CapturedPacket } from "@tapeline/reports";
import { scenario } from "@tapeline/scenarios/language";
import { findFrameTags } from "@tapeline/simulator/pbx";
import { audioChecker } from "../../src/checkers/audio.ts";
import { pauseChecker, pausedFrames } from "../../src/checkers/pause.ts";
import { withoutPausedAudio } from "../../src/record/mask-capture.ts";
import { pauseEndMs } from "../../src/record/pause-span.ts";
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

test("R21: a frame that was held back into the pause was spoken before; one from within was not", () => {
  const [pause] = record.pauses;
  assert.ok(pause !== undefined);
  /** The frame sent so long after the pause began is sent that much later than it was spoken. */
  const heldBack = (afterMs: number, byMs: number): number => {
    const conversations = record.truth.conversations.map((conversation) => ({
      ...conversation,
      legs: conversation.legs.map((leg) => {
        const index = leg.frames.findIndex(({ sentMs }) => sentMs >= pause.fromMs + afterMs);
        const frames = leg.frames.map((frame, at) =>
          at === index ? { ...frame, sentMs: frame.sentMs + byMs } : frame,
        );
        return leg.leg === pause.leg ? { ...leg, frames } : leg;
      }),
    }));
    return pausedFrames({ ...record, truth: { ...record.truth, conversations } }).size;
  };
  const { size } = pausedFrames(record);
  assert.equal(heldBack(-30, 60), size, "before it");
  assert.equal(heldBack(30, 60), size, "within it");
});

test("what was spoken outside the pause may stand anywhere", () => {
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  const [first] = legs.flatMap(({ frames }) => frames);
  assert.ok(first?.payload instanceof Uint8Array);
  assert.deepEqual(pauseChecker.check(withFile("/log/x", first.payload)), []);
});

/** The edges of Alice's pause, moved by so many samples. */
function moved(from: number, to: number, of = record): string {
  const spoiled = withJournal(of, 0, (journal) =>
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

test("R21: what came as the recorder's port had just opened sets its clock, too", () => {
  const [pause] = record.pauses;
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  const leg = legs.find((one) => one.leg === pause?.leg) ?? assert.fail("no call was paused");
  const early =
    leg.frames.find(({ sentMs }) => sentMs > (pause?.fromMs ?? 0) - 400) ?? assert.fail("nothing");
  const life = [{ kind: "ready" as const, atMs: early.sentMs + 5 }];
  /** One packet travels 20 ms quicker than all others, before the recorder is ready. */
  const fates = record.fates.map((fate) => {
    const view = new DataView(fate.data.buffer, fate.data.byteOffset, fate.data.length);
    const isEarly =
      view.byteLength === 172 &&
      view.getUint32(8) === early.ssrc &&
      view.getUint32(4) === early.timestamp;
    return isEarly ? { ...fate, arrivalsMs: fate.arrivalsMs.map((atMs) => atMs - 20) } : fate;
  });
  assert.match(moved(0, 160, { ...record, life }), /the pause until sample \d+ ends/);
  assert.doesNotMatch(moved(0, 160, { ...record, life, fates }), /the pause until sample/);
});

/** The live disk hangs; a pause that it did not take goes with the process. */
const unsaved = await recordOf(
  scenario({
    name: "test/unsaved",
    title: "A pause that is not saved",
    proves: ["T1"],
    async story({ caller, agent, supervisor, talk, recorder, world }) {
      const alice = agent("2001");
      await caller().calls("2001");
      await alice.answers();
      await alice.isBeingRecorded();
      await talk({ seconds: 4 });
      world.freezesLiveDisk();
      // Its line waits behind a write that hangs, and is nowhere when the process dies.
      await talk({ seconds: 1 });
      await supervisor.pauses(alice);
      await talk({ seconds: 2 });
      await recorder.crashes();
      world.healsLiveDisk();
      await recorder.restarts();
      await talk({ seconds: 6 });
      await alice.hangsUp();
    },
    expects: { allowsLoss: true },
  }),
);

test("R21: a pause that was not saved is in force until a kill takes it back", () => {
  passes(unsaved);
  const [pause] = unsaved.pauses;
  const [recording] = unsaved.recordings;
  assert.ok(pause?.unsavedSinceMs !== undefined && recording !== undefined);
  assert.deepEqual(
    recording.journal.filter(({ type }) => type === "pause"),
    [],
  );
  const killed = unsaved.life.find(({ kind }) => kind === "process");
  assert.equal(pauseEndMs(unsaved, pause), killed?.atMs);
  const { size } = pausedFrames(unsaved);
  assert.ok(size > 95 && size < 105, String(size));
  const legs = unsaved.truth.conversations.flatMap((conversation) => conversation.legs);
  const frame = legs[0]?.frames.find(({ sentMs }) => sentMs >= pause.fromMs);
  assert.ok(frame?.payload instanceof Uint8Array);
  const artefacts = [...unsaved.artefacts, { name: "/pool/x.spx", bytes: frame.payload }];
  complains({ ...unsaved, artefacts }, "pause", /spoken while paused, stands in \/pool\/x/);
});

test("R21: a pause that the live disk could have taken before the kill must be there after it", () => {
  const [pause, ...others] = unsaved.pauses;
  assert.ok(pause !== undefined);
  const { fromMs, toMs, leg } = pause;
  const saved = { ...unsaved, pauses: [{ leg, fromMs, toMs }, ...others] };
  assert.match(pauseChecker.check(saved).join(), /spoken while paused, stands in .*\.ul/);
  const heal = { atMs: fromMs + 500, text: "heal", isHealing: true, isMoment: false };
  const faults = [...unsaved.faults, heal].sort((one, other) => one.atMs - other.atMs);
  assert.match(pauseChecker.check({ ...unsaved, faults }).join(), /spoken while paused/);
});

test("R21: of a pause that was never saved the capture keeps nothing, from the asking on", () => {
  const [pause] = unsaved.pauses;
  assert.ok(pause?.unsavedSinceMs !== undefined);
  const packets = unsaved.fates.map(({ from, to, data }): CapturedPacket => ({
    ...{ wallTimeMs: 0, protocol: "udp", from, to, data },
  }));
  const kept = withoutPausedAudio(packets, unsaved).flatMap(({ data }) =>
    findFrameTags(data.subarray(12)),
  );
  const legs = unsaved.truth.conversations.flatMap((conversation) => conversation.legs);
  const frames = new Map(legs.flatMap((leg) => leg.frames.map((one) => [one.tag.frame, one])));
  const times = kept.map(({ tag }) => frames.get(tag.frame)?.sentMs ?? 0);
  const [from, to] = [pause.unsavedSinceMs, pauseEndMs(unsaved, pause)];
  assert.ok(times.some((atMs) => atMs < from) && times.some((atMs) => atMs > to));
  assert.deepEqual(
    times.filter((atMs) => atMs >= from && atMs < to),
    [],
  );
});
