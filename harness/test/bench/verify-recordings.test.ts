// The bench's judge of files, on recordings that were spoiled on purpose.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { mixedFrame, type SpokenFrame, type TruthLeg } from "@tapeline/simulator/pbx";
import { verifyRecordings } from "../../src/bench/verify-recordings.ts";

const FRAMES = 5;

function spokenLeg(leg: number): TruthLeg {
  const frames = Array.from({ length: FRAMES }, (_, frame): SpokenFrame => ({
    sequence: frame,
    // Wraps within the leg.
    timestamp: (0xffff_ff00 + frame * 160) >>> 0,
    ssrc: leg,
    payloadType: 0,
    sentMs: frame * 20,
    payload: null,
    tag: { leg, conversation: leg, frame, voices: [1, 2] },
  }));
  return {
    leg,
    conversation: leg,
    streamId: null,
    sipCallId: `call-${leg}`,
    callId: leg,
    endId: `${leg}`,
    extension: `20${leg}`,
    askedMs: 0,
    invitedMs: 0,
    answeredMs: 1,
    endedMs: 200,
    endedBy: "pbx",
    status: 200,
    frames,
  };
}

function audioOf(leg: TruthLeg): Uint8Array {
  return Buffer.concat(leg.frames.map(({ tag }) => mixedFrame(tag, { law: "PCMU" })));
}

async function judge(
  legs: readonly TruthLeg[],
  files: readonly {
    readonly leg: TruthLeg;
    readonly audio: Uint8Array;
    readonly outcome?: string;
  }[],
) {
  const directory = await mkdtemp(join(tmpdir(), "tapeline-verify-"));
  try {
    for (const [index, { leg, audio, outcome = "ok" }] of files.entries()) {
      const journal = [
        { type: "header", sipCallId: leg.sipCallId },
        { type: "statistics", packetsReceived: leg.frames.length },
        { type: "end", outcome, ...(outcome === "ok" ? {} : { why: "kernel-drops" }) },
      ].map((line) => JSON.stringify(line));
      await writeFile(join(directory, `key-${index}.vrtx`), `${journal.join("\n")}\n`);
      await writeFile(join(directory, `key-${index}.ul`), audio);
    }
    return await verifyRecordings(legs, directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("files that hold every frame at its sample are bit-exact, across a timestamp wrap", async () => {
  const legs = [spokenLeg(1), spokenLeg(2)];
  const verdict = await judge(
    legs,
    legs.map((leg) => ({ leg, audio: audioOf(leg) })),
  );
  assert.deepEqual(verdict, {
    recordings: 2,
    packetsReceived: 2 * FRAMES,
    framesLost: 0,
    problems: [],
  });
});

test("one wrong bit is a lost frame", async () => {
  const leg = spokenLeg(1);
  const audio = audioOf(leg);
  audio[2 * 160 + 7]! ^= 0x80;
  const verdict = await judge([leg], [{ leg, audio }]);
  assert.equal(verdict.framesLost, 1);
  assert.deepEqual(verdict.problems, ["key-0: 1 of 5 frames, first 2"]);
});

test("audio of another call, a missing tail and bytes too many are seen", async () => {
  const [one, other] = [spokenLeg(1), spokenLeg(2)];
  const foreign = await judge([one], [{ leg: one, audio: audioOf(other) }]);
  assert.equal(foreign.framesLost, FRAMES);
  const short = await judge([one], [{ leg: one, audio: audioOf(one).subarray(0, 4 * 160) }]);
  assert.deepEqual(short.problems, ["key-0: 1 of 5 frames, first 4"]);
  const long = await judge(
    [one],
    [{ leg: one, audio: Buffer.concat([audioOf(one), Buffer.alloc(8)]) }],
  );
  assert.deepEqual(long.problems, ["key-0: 808 bytes for 5 frames"]);
});

test("a call without recording, one recorded twice, and one that is not ok are seen", async () => {
  const [one, other] = [spokenLeg(1), spokenLeg(2)];
  const missing = await judge([one, other], [{ leg: one, audio: audioOf(one) }]);
  assert.equal(missing.framesLost, FRAMES);
  assert.deepEqual(missing.problems, ["no complete recording of call call-2"]);
  const file = { leg: one, audio: audioOf(one) };
  const twice = await judge([one], [file, file]);
  assert.deepEqual(twice.problems, ["key-1 is no call of the IP Office, or is there twice"]);
  const degraded = await judge([one], [{ ...file, outcome: "degraded" }]);
  assert.deepEqual(degraded.problems, ["key-0 is degraded: kernel-drops"]);
});

test("many problems are cut short, with their number", async () => {
  const legs = Array.from({ length: 30 }, (_, index) => spokenLeg(index + 1));
  const { problems } = await judge(legs, []);
  assert.equal(problems.length, 21);
  assert.equal(problems.at(-1), "and 10 more");
});
