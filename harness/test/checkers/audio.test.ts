// audio, audio-length, frame-duty, media-lines: spoiled on purpose, one at a time (design.md §4).
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFrameTag } from "@tapeline/simulator/pbx";
import { scenario } from "@tapeline/scenarios/language";
import type { JournalEntry, RunRecord } from "../../src/record/run-record.ts";
import { check } from "../../src/run-scenario.ts";
import {
  audioAt,
  BUSY,
  complains,
  passes,
  recordOf,
  unaccounted,
  unheard,
  withAudio,
  withJournal,
} from "./spoiled-run.ts";

const ALICE = 0;
const BOB = 1;
const FRAME = 160;
const record = unheard(await recordOf(BUSY));

function lineOf(spoiled: RunRecord, index: number, type: string): JournalEntry {
  const line = spoiled.recordings[index]?.journal.find((one) => one.type === type);
  assert.ok(line !== undefined, `no ${type} line`);
  return line;
}

/** The first sample from `from` on at which a whole frame of voice stands. */
function voiceAt(audio: Uint8Array, from: number): number {
  for (let at = from; at < audio.length; at += 1) {
    if (readFrameTag(audio, at) !== null) return at;
  }
  return assert.fail("no voice");
}

function spoil(index: number, change: (audio: Uint8Array) => Uint8Array): RunRecord {
  return withAudio(record, index, change(audioAt(record, index).slice()));
}

function changed(audio: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  audio.set(bytes, at);
  return audio;
}

test("an unspoiled run passes", () => passes(record));

test("20 ms that are missing are named (R4)", () => {
  const spoiled = spoil(ALICE, (audio) => {
    const at = voiceAt(audio, 3_200);
    return Buffer.concat([audio.subarray(0, at), audio.subarray(at + FRAME)]);
  });
  complains(spoiled, "audio", /frame 20 arrived and is not at sample 3200 \(no gap there\)/);
});

test("audio that is shifted by one byte is named (R4)", () => {
  const spoiled = spoil(ALICE, (audio) => Buffer.concat([Uint8Array.of(0xff), audio.slice(0, -1)]));
  complains(spoiled, "audio", /frame 0 arrived and is not at sample 0/);
});

test("one changed bit is named (R4)", () => {
  const spoiled = spoil(ALICE, (audio) =>
    changed(audio, 330, Uint8Array.of((audio[330] ?? 0) ^ 4)),
  );
  complains(spoiled, "audio", /frame 2 arrived and is not at sample 320/);
});

test("the audio of another call is named (R15)", () => {
  const spoiled = withAudio(
    withAudio(record, ALICE, audioAt(record, BOB)),
    BOB,
    audioAt(record, ALICE),
  );
  complains(spoiled, "audio", /a frame of leg 2 stands at sample 0 of leg 1/);
});

test("a frame that stands twice is named, though each copy may stand there alone (R4)", () => {
  const lost = record.recordings[BOB]?.journal.find(
    ({ type, cause }) => type === "gap" && cause === "loss",
  );
  const at = Number(lost?.["fromSample"]);
  const spoiled = spoil(BOB, (audio) => changed(audio, at, audio.slice(at - FRAME, at)));
  complains(spoiled, "audio", /frame \d+ stands at sample \d+ and again at \d+/);
});

test("a noise in the place of a lost frame is named: fill is silence", () => {
  const at = Number(lineOf(record, BOB, "gap")["fromSample"]);
  const spoiled = spoil(BOB, (audio) => changed(audio, at + 7, Uint8Array.of(0x20)));
  complains(
    spoiled,
    "audio",
    new RegExp(`sample ${at + 7} is neither a frame that arrived nor fill`),
  );
});

test("voice in a paused span is named (R21)", () => {
  const from = Number(lineOf(record, ALICE, "pause")["fromSample"]);
  const spoiled = spoil(ALICE, (audio) => changed(audio, from + 800, audio.slice(0, FRAME)));
  complains(spoiled, "audio", /voice frame 0 stands in the paused span/);
});

test("a single sample of voice at the edge of a pause is named (R21)", () => {
  const from = Number(lineOf(record, ALICE, "pause")["fromSample"]);
  const spoiled = spoil(ALICE, (audio) => changed(audio, from, Uint8Array.of(0x10)));
  complains(spoiled, "audio", new RegExp(`sample ${from} is paused and not tone`));
});

test("a pause filled with silence instead of the tone is named (R21)", () => {
  const from = Number(lineOf(record, ALICE, "pause")["fromSample"]);
  const to = Number(lineOf(record, ALICE, "resume")["toSample"]);
  const spoiled = spoil(ALICE, (audio) => audio.fill(0xff, from, to));
  complains(spoiled, "audio", /is paused and not tone/);
});

test("a pause that the journal does not tell of is named (R21)", () => {
  const spoiled = withJournal(record, ALICE, (journal) =>
    journal.filter(({ type }) => type !== "pause" && type !== "resume"),
  );
  // Nor does the story know of it: what it knows of, the pause checker looks for.
  const unknown = { ...spoiled, pauses: [] };
  complains(unknown, "audio", /frame \d+ arrived and is not at sample \d+/);
});

test("a gap line that is missing is named (R4)", () => {
  const gap = lineOf(record, BOB, "gap");
  const spoiled = withJournal(record, BOB, (journal) => journal.filter((line) => line !== gap));
  complains(spoiled, "audio", /is fill and no gap in the journal says why/);
});

test("a gap line where voice stands is named (R4)", () => {
  const spoiled = withJournal(record, ALICE, (journal) =>
    journal.toSpliced(-1, 0, {
      ...lineOf(record, ALICE, "end"),
      ...{ type: "gap", fromSample: 0, samples: FRAME, cause: "loss" },
    }),
  );
  complains(spoiled, "audio", /the journal has a gap at sample 0, where voice stands/);
});

test("a media line that is missing is named: its SSRC had arrived (R4)", () => {
  const spoiled = withJournal(record, BOB, (journal) => {
    const last = journal.findLast(({ type }) => type === "media");
    return journal.filter((line) => line !== last);
  });
  complains(spoiled, "audio", /packets of SSRC \d+ arrived and no media line names it/);
});

test("a media line of a packet that was never sent is named", () => {
  const spoiled = withJournal(record, ALICE, (journal) =>
    journal.map((line) => (line.type === "media" ? { ...line, ssrc: 1 } : line)),
  );
  complains(spoiled, "audio", /its media line at sample 0 names a packet that was never sent/);
});

test("a change of the SSRC whose gap is not the one on the wire is named (R4)", () => {
  const lines = record.recordings[BOB]?.journal.filter(({ type }) => type === "media") ?? [];
  const last = lines.at(-1);
  assert.ok(lines.length > 1 && last !== undefined);
  const late = 8 * 400;
  const spoiled = withJournal(record, BOB, (journal) =>
    journal.map((line, index) =>
      index < journal.indexOf(last) ? line : { ...line, sample: line.sample + late },
    ),
  );
  complains(spoiled, "audio", /the SSRC change at sample \d+ is 400 ms off the time on the wire/);
});

test("a jump that is followed moves an SSRC change as far, and by no more (R4)", async () => {
  const jumped = await recordOf(
    scenario({
      name: "test/jumps",
      title: "A timestamp that jumps between two changes of the SSRC",
      proves: ["T1"],
      async story({ caller, agent, talk, oddities }) {
        const alice = agent("2001");
        Object.assign(oddities.sip, { changeSsrcEveryFrames: 50 });
        Object.assign(oddities.sip, { timestampJump: { everyFrames: 30, samples: 782 } });
        await caller().calls("2001");
        await alice.answers();
        await alice.isBeingRecorded();
        await talk({ seconds: 2 });
        await alice.hangsUp();
      },
    }),
  );
  passes(jumped);
  const last = jumped.recordings[0]?.journal.findLast(({ type }) => type === "media");
  assert.ok(last !== undefined && last.sample > 0);
  for (const [samples, offMs] of [
    [800, 100],
    [-800, -100],
  ] as const) {
    const spoiled = withJournal(jumped, 0, (journal) =>
      journal.map((line, index) =>
        index < journal.indexOf(last) ? line : { ...line, sample: line.sample + samples },
      ),
    );
    const told = check(spoiled).find(({ name }) => name === "audio")?.detail ?? "";
    assert.match(told, new RegExp(`is ${offMs} ms off the time on the wire`));
  }
});

test("of two copies the first decides: a changed one before the good one takes its place", () => {
  const frame = record.truth.conversations[0]?.legs[0]?.frames[20];
  const at = record.fates.findIndex(({ data }) => {
    if (frame === undefined || data.length <= 12) return false;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return view.getUint32(8) === frame.ssrc && view.getUint32(4) === frame.timestamp;
  });
  const good = record.fates[at];
  const arrivedMs = good?.arrivalsMs[0];
  assert.ok(good !== undefined && arrivedMs !== undefined);
  const noise = audioAt(record, ALICE)
    .slice()
    .fill(0x55, 20 * FRAME, 21 * FRAME);
  const withCopy = (laterMs: number): RunRecord => ({
    ...unheard(withAudio(record, ALICE, noise)),
    fates: [...record.fates, { ...good, corrupted: true, arrivalsMs: [arrivedMs + laterMs] }],
  });
  passes(withCopy(-1));
  complains(withCopy(1), "audio", /frame 20 arrived and is not at sample 3200/);
});

test("a first packet that is not sample 0 is named", () => {
  const spoiled = withJournal(record, ALICE, (journal) =>
    journal.map((line) =>
      line.type === "media" ? { ...line, sample: line.sample + FRAME } : line,
    ),
  );
  complains(spoiled, "audio", /its first packet stands at sample 160/);
});

test("a lead longer than the call is named", () => {
  const spoiled = withJournal(record, ALICE, (journal) =>
    journal.map((line) => (line.type === "media" ? { ...line, leadMs: 90_000 } : line)),
  );
  complains(spoiled, "audio", /its lead of 90000 ms is longer than the call/);
});

test("an end that is cut off is named (R4)", () => {
  const spoiled = spoil(ALICE, (audio) => audio.slice(0, -FRAME));
  complains(spoiled, "audio", /ends at \d+, before its last frame does at \d+/);
});

test("silence beyond the call's end is named, also with a gap line (R4)", () => {
  const samples = audioAt(record, ALICE).length;
  const tail = 8_000;
  const longer = spoil(ALICE, (audio) => Buffer.concat([audio, new Uint8Array(tail).fill(0xff)]));
  const spoiled = withJournal(longer, ALICE, (journal) =>
    journal.toSpliced(-1, 0, {
      ...lineOf(record, ALICE, "end"),
      ...{ type: "gap", fromSample: samples, samples: tail, cause: "tail" },
    }),
  );
  complains(spoiled, "audio", new RegExp(`goes on to ${samples + tail}, the call ended at`));
});

test("a recording of a call that was never made is named", () => {
  const spoiled = withJournal(record, ALICE, (journal) =>
    journal.map((line) => (line.type === "header" ? { ...line, sipCallId: "nobody" } : line)),
  );
  // Storage and journal miss it too.
  assert.throws(() => passes(spoiled), /is no call that the IP Office made/);
});

/** As on real sockets: how long the recorder took for Alice's BYE, and what it filled meanwhile. */
function liveWithLateBye(lateMs: number, filledMs: number): RunRecord {
  const sipCallId = String(lineOf(record, ALICE, "header")["sipCallId"]);
  const leg = record.truth.conversations
    .flatMap(({ legs }) => legs)
    .find((one) => one.sipCallId === sipCallId);
  const endedMs = leg?.endedMs ?? assert.fail("no end");
  const sip = record.sip.map((message) => {
    const isAnswer = /^CSeq: \d+ BYE/im.test(message.text) && message.direction === "in";
    const isOurs = isAnswer && message.text.includes(sipCallId);
    return isOurs ? { ...message, atMs: endedMs + lateMs } : message;
  });
  const filled = spoil(ALICE, (audio) => {
    return Buffer.concat([audio, new Uint8Array(filledMs * 8).fill(0xff)]);
  });
  return { ...filled, mode: "live", fates: [], sip };
}

/** As on a machine that stood still in the last second of Alice's call. */
function stalledAtTheEnd(live: RunRecord, stalledMs: number): RunRecord {
  const sipCallId = String(lineOf(live, ALICE, "header")["sipCallId"]);
  const conversations = live.truth.conversations.map((conversation) => ({
    ...conversation,
    legs: conversation.legs.map((leg) => {
      if (leg.sipCallId !== sipCallId) return leg;
      const fromFrame = leg.frames.length - 60;
      const frames = leg.frames.map((frame, index) =>
        index < fromFrame ? frame : { ...frame, sentMs: frame.sentMs + stalledMs },
      );
      return { ...leg, frames, endedMs: (leg.endedMs ?? assert.fail()) + stalledMs };
    }),
  }));
  const sip = live.sip.map((message) => {
    const isBye = message.text.startsWith("BYE ") && message.text.includes(sipCallId);
    return isBye ? { ...message, atMs: message.atMs + stalledMs } : message;
  });
  return { ...live, sip, truth: { ...live.truth, conversations } };
}

test("live, fill may go by the clock of the frames that a busy machine sent in time", () => {
  const lengths = (spoiled: RunRecord): readonly string[] =>
    (check(spoiled).find(({ name }) => name === "audio")?.detail ?? "")
      .split("; ")
      .filter((text) => /goes on to/.test(text));
  assert.deepEqual(lengths(stalledAtTheEnd(liveWithLateBye(905, 900), 900)), []);
  assert.match(lengths(liveWithLateBye(5, 900)).join(), /goes on to \d+, the call ended at/);
  const tooLong = stalledAtTheEnd(liveWithLateBye(905, 2_000), 900);
  assert.match(lengths(tooLong).join(), /goes on to \d+, the call ended at/);
});

test("live, a BYE that a busy machine took late may be filled up to its answer, no further", () => {
  const lengths = (spoiled: RunRecord): readonly string[] => {
    return (check(spoiled).find(({ name }) => name === "audio")?.detail ?? "")
      .split("; ")
      .filter((text) => /goes on to/.test(text));
  };
  assert.deepEqual(lengths(liveWithLateBye(900, 700)), []);
  assert.match(lengths(liveWithLateBye(5, 700)).join(), /goes on to \d+, the call ended at/);
  assert.match(lengths(liveWithLateBye(900, 2_000)).join(), /goes on to \d+, the call ended at/);
});

test("the tail ends where the fastest packet says that the BYE was: all may have been as slow", async () => {
  const slow = unaccounted(
    await recordOf(
      scenario({
        name: "test/slow-and-held",
        title: "A few slow packets, then a hold to the end",
        proves: ["T1"],
        async story({ caller, agent, talk, world }) {
          const alice = agent("2001");
          await caller().calls("2001");
          world.loses({ delayMs: [90, 92] });
          await alice.answers();
          await alice.isBeingRecorded();
          await talk({ seconds: 0.2 });
          await alice.holds();
          await talk({ seconds: 3 });
          world.loses({});
          await alice.hangsUp();
        },
      }),
    ),
  );
  passes(slow);
  const audio = audioAt(slow, 0);
  const shorter = withAudio(slow, 0, audio.subarray(0, audio.length - 1_600));
  const told = check(shorter).find(({ name }) => name === "audio")?.detail ?? "";
  assert.match(told, /ends at \d+ although the call went on to \d+/);
});
