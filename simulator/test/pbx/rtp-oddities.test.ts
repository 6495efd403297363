// What goes wrong on purpose in a leg's RTP, seen from the recorder's socket and from the truth.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFrameTag } from "../../src/pbx/frame-tag.ts";
import { asUlaw } from "../../src/wire/g711.ts";
import { parseRtcp, serializeRtcp } from "../../src/wire/rtcp.ts";
import { Stage } from "./scripted-recorder.ts";

function frames(stage: Stage): (number | undefined)[] {
  return stage.recorder.packets.map(({ packet }) => readFrameTag(packet.payload, 0)?.frame);
}

test("noAudio answers the call and sends nothing", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({ noAudio: true });
  await stage.world.runFor(2000);
  assert.deepEqual(stage.news, ["answered"]);
  assert.equal(stage.recorder.packets.length, 0);
  assert.equal(leg.truth.frames.length, 0);
  await stage.close();
});

test("firstSequence and firstTimestamp are used, and wrap", async () => {
  const stage = await Stage.open();
  stage.dial({ firstSequence: 65_534, firstTimestamp: 0xffff_ff00 });
  await stage.until(() => stage.recorder.packets.length === 4);
  assert.deepEqual(
    stage.recorder.packets.map(({ packet }) => packet.sequence),
    [65_534, 65_535, 0, 1],
  );
  assert.deepEqual(
    stage.recorder.packets.map(({ packet }) => packet.timestamp),
    [0xffff_ff00, 0xffff_ffa0, 0x40, 0xe0],
  );
  await stage.close();
});

test("without them sequence, timestamp and SSRC come from the Random port (RFC 3550 §5.1)", async () => {
  const starts = [];
  for (const seed of ["one", "two", "two"]) {
    const stage = await Stage.open({}, seed);
    stage.dial();
    await stage.until(() => stage.recorder.packets.length === 1);
    const { sequence, timestamp, ssrc } = stage.recorder.packets[0]!.packet;
    starts.push(`${sequence} ${timestamp} ${ssrc}`);
    await stage.close();
  }
  assert.notEqual(starts[0], starts[1]);
  assert.equal(starts[1], starts[2]);
});

test("changeSsrcEveryFrames begins a new stream, with marker, without losing a frame", async () => {
  const stage = await Stage.open();
  stage.dial({ changeSsrcEveryFrames: 10 });
  await stage.until(() => stage.recorder.packets.length === 30);
  const { packets } = stage.recorder;
  assert.equal(new Set(packets.map(({ packet }) => packet.ssrc)).size, 3);
  assert.deepEqual(
    packets.flatMap(({ packet }, index) => (packet.marker ? [index] : [])),
    [0, 10, 20],
  );
  assert.deepEqual(
    frames(stage),
    Array.from({ length: 30 }, (_, index) => index),
  );
  await stage.close();
});

test("changeSsrcEveryFrames set in mid-call: who has spoken for longer changes at once", async () => {
  const stage = await Stage.open();
  stage.dial();
  await stage.until(() => stage.recorder.packets.length === 15);
  stage.caller.oddities.changeSsrcEveryFrames = 10;
  await stage.until(() => stage.recorder.packets.length === 30);
  const { packets } = stage.recorder;
  const begins = packets.flatMap(({ packet }, at) => (packet.marker ? [at] : []));
  assert.deepEqual(begins, [0, 15, 25]);
  assert.equal(new Set(packets.map(({ packet }) => packet.ssrc)).size, 3);
  await stage.close();
});

test("changeSsrcOnHold counts where it was in force when the hold began, or is at its end", async () => {
  for (const [atBegin, atEnd, wanted] of [
    [true, false, 2],
    [false, true, 2],
    [false, false, 1],
  ] as const) {
    const stage = await Stage.open();
    const { oddities } = stage.caller;
    const leg = stage.dial();
    await stage.until(() => stage.recorder.packets.length === 5);
    oddities.changeSsrcOnHold = atBegin;
    leg.hold();
    await stage.world.runFor(200);
    oddities.changeSsrcOnHold = atEnd;
    leg.retrieve();
    await stage.world.runFor(400);
    const ssrcs = new Set(stage.recorder.packets.map(({ packet }) => packet.ssrc));
    assert.equal(ssrcs.size, wanted);
    await stage.close();
  }
});

test("lossRatio withholds its share; the truth marks those frames and numbers go on", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({ lossRatio: 0.2 });
  await stage.world.runFor(20_000);
  leg.hangUp(16);
  await stage.world.runFor(100);
  const withheld = leg.truth.frames.filter((frame) => frame.withheld);
  const ratio = withheld.length / leg.truth.frames.length;
  assert.ok(ratio > 0.15 && ratio < 0.25, `ratio ${ratio}`);
  assert.equal(stage.recorder.packets.length, leg.truth.frames.length - withheld.length);
  const lost = new Set(withheld.map(({ tag }) => tag.frame));
  assert.ok(frames(stage).every((frame) => frame !== undefined && !lost.has(frame)));
  await stage.close();
});

test("reorderRatio lets frames overtake by at most 60 ms, and every one arrives", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({ reorderRatio: 0.1 });
  await stage.world.runFor(10_000);
  leg.hangUp(16);
  await stage.world.runFor(100);
  const order = frames(stage) as number[];
  const sorted = order.toSorted((left, right) => left - right);
  assert.notDeepEqual(order, sorted);
  assert.deepEqual(
    sorted,
    leg.truth.frames.map(({ tag }) => tag.frame),
  );
  const shifts = order.map((frame, index) => Math.abs(frame - index));
  assert.ok(Math.max(...shifts) <= 6);
  for (const { packet, atMs } of stage.recorder.packets) {
    const frame = leg.truth.frames.find(({ sequence }) => sequence === packet.sequence)!;
    const delayMs = atMs - (frame.sentMs - stage.pbx.ports.clock.nowMs() + stage.world.nowMs());
    assert.ok(Math.abs(delayMs) < 5, `sentMs is the time of sending, off by ${delayMs}`);
  }
  await stage.close();
});

test("duplicateRtp sends every packet twice", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({ duplicateRtp: true });
  await stage.world.runFor(500);
  leg.hangUp(16);
  await stage.world.runFor(100);
  assert.equal(stage.recorder.packets.length, 2 * leg.truth.frames.length);
  assert.equal(stage.caller.packetsSent(), stage.recorder.packets.length);
  await stage.close();
});

test("strays come from another port with another SSRC, without a tag", async () => {
  const stage = await Stage.open();
  stage.dial({ strayPacketsPerSecond: 25 });
  await stage.world.runFor(4020);
  const own = stage.recorder.packets[0]!.packet.ssrc;
  const strays = stage.recorder.packets.filter(({ packet }) => packet.ssrc !== own);
  assert.ok(Math.abs(strays.length - 100) <= 2, `${strays.length} strays in 4 s`);
  const ports = new Set(stage.recorder.packets.map(({ source }) => source.port));
  assert.equal(ports.size, 2);
  assert.ok(strays.every(({ packet }) => readFrameTag(packet.payload, 0) === null));
  await stage.close();
});

test("rtpAfterByeMs goes on after BYE, and the truth marks those frames", async () => {
  const stage = await Stage.open();
  const leg = stage.dial({ rtpAfterByeMs: 400 });
  await stage.world.runFor(1000);
  leg.hangUp(16);
  const before = leg.truth.frames.length;
  await stage.world.runFor(2000);
  const after = leg.truth.frames.slice(before);
  assert.equal(after.length, 20);
  assert.ok(after.every((frame) => frame.afterBye && frame.sentMs >= leg.truth.endedMs!));
  assert.ok(leg.truth.frames.slice(0, before).every((frame) => frame.afterBye === undefined));
  assert.equal(stage.recorder.packets.length, leg.truth.frames.length);
  await stage.close();
});

test("a PCMA leg is tagged in what a recorder transcodes to", async () => {
  const stage = await Stage.open();
  const original = stage.recorder.sdp.bind(stage.recorder);
  stage.recorder.sdp = (options) => original({ payloadType: 8, ...options });
  stage.dial({ codec: "PCMA" });
  await stage.until(() => stage.recorder.packets.length === 40);
  assert.ok(stage.recorder.packets.every(({ packet }) => packet.payloadType === 8));
  const found = stage.recorder.packets.map(
    ({ packet }) => readFrameTag(asUlaw("PCMA", packet.payload), 0)?.frame,
  );
  assert.deepEqual(
    found,
    Array.from({ length: 40 }, (_, index) => index),
  );
  assert.deepEqual(stage.caller.violations(), []);
  await stage.close();
});

test("voices follow the audience, at most three, ascending", async () => {
  const stage = await Stage.open();
  const leg = stage.dial();
  stage.voices = [9, 2, 2];
  await stage.until(() => stage.recorder.packets.length === 5);
  stage.voices = [8, 7, 6, 5];
  await stage.until(() => stage.recorder.packets.length === 10);
  stage.voices = [];
  await stage.until(() => stage.recorder.packets.length === 15);
  const voices = leg.truth.frames.map(({ tag }) => tag.voices.join(" "));
  assert.deepEqual([...new Set(voices)], ["2 9", "5 6 7", ""]);
  await stage.close();
});

test("keepPayloads: false keeps tags only", async () => {
  const stage = await Stage.open({ keepPayloads: false });
  const leg = stage.dial();
  await stage.until(() => stage.recorder.packets.length === 5);
  assert.ok(leg.truth.frames.every(({ payload }) => payload === null));
  await stage.close();
  const kept = await Stage.open();
  const other = kept.dial();
  await kept.until(() => kept.recorder.packets.length === 5);
  for (const [index, { packet }] of kept.recorder.packets.entries()) {
    assert.deepEqual(other.truth.frames[index]!.payload, packet.payload.slice());
  }
  await kept.close();
});

test("sender reports every 5 s; the latest receiver report is kept with its round trip", async () => {
  const stage = await Stage.open();
  const leg = stage.dial();
  await stage.until(() => stage.recorder.rtcp.length === 1, 10_000);
  const { data, source, atMs } = stage.recorder.rtcp[0]!;
  const packets = parseRtcp(data);
  assert.ok(packets.ok);
  const [report, cname] = packets.value;
  assert.ok(report?.type === "sender-report" && cname?.type === "cname");
  assert.equal(report.packetCount, stage.recorder.packets.length);
  assert.equal(report.octetCount, 160 * report.packetCount);
  const wallSeconds = stage.pbx.ports.clock.wallTimeMs() / 1000;
  assert.ok(Math.abs(report.ntp.seconds - 2_208_988_800 - wallSeconds) < 2);
  const lastSenderReport = (report.ntp.seconds % 65_536) * 65_536 + (report.ntp.fraction >>> 16);
  await stage.world.runFor(500);
  stage.recorder.rtcpSocket!.send(
    serializeRtcp([
      {
        type: "receiver-report",
        ssrc: 1,
        blocks: [
          {
            ssrc: report.ssrc,
            fractionLost: 64,
            cumulativeLost: -3,
            highestSequence: 7e4,
            jitter: 40,
            lastSenderReport,
            delaySinceLastSenderReport: 32768,
          },
        ],
      },
    ]),
    source,
  );
  stage.recorder.rtcpSocket!.send(Uint8Array.of(1, 2, 3), source);
  await stage.until(() => leg.truth.receiverReport !== undefined);
  const kept = leg.truth.receiverReport!;
  assert.equal(kept.fractionLost, 0.25);
  assert.equal(kept.cumulativeLost, -3);
  assert.equal(kept.jitterMs, 5);
  assert.ok(kept.roundTripMs !== null && kept.roundTripMs < 20, `${kept.roundTripMs}`);
  await stage.until(() => stage.recorder.rtcp.length === 2, 10_000);
  assert.ok(Math.abs(stage.recorder.rtcp[1]!.atMs - atMs - 5000) < 5);
  leg.hangUp(16);
  await stage.world.runFor(50);
  const last = parseRtcp(stage.recorder.rtcp.at(-1)!.data);
  assert.equal(last.ok && last.value.at(-1)!.type, "bye");
  await stage.close();
});

test("RTP of the recorder towards a sendonly leg is noted once", async () => {
  const stage = await Stage.open();
  stage.dial();
  await stage.until(() => stage.recorder.packets.length === 5);
  const { source } = stage.recorder.packets[0]!;
  stage.recorder.rtpSocket!.send(new Uint8Array(172), source);
  stage.recorder.rtpSocket!.send(new Uint8Array(172), source);
  await stage.world.runFor(20);
  assert.equal(stage.caller.violations().filter((text) => text.includes("sends RTP")).length, 1);
  await stage.close();
});

test("ports from rtpPortBase on are even, unlike each other, and not reused at once", async () => {
  const stage = await Stage.open({ rtpPortBase: 50_001 });
  const legs = [stage.dial(), stage.dial()];
  await stage.until(() => stage.recorder.packets.length > 10);
  for (const leg of legs) leg.hangUp(16);
  await stage.world.runFor(60_000);
  stage.recorder.packets.length = 0;
  stage.dial();
  await stage.until(() => stage.recorder.packets.length > 0);
  const invites = stage.recorder.requests.filter(({ method }) => method === "INVITE");
  const ports = invites.map(({ body }) => /m=audio (\d+)/.exec(new TextDecoder().decode(body))![1]);
  assert.deepEqual(ports, ["50002", "50004", "50006"]);
  await stage.close();
});
