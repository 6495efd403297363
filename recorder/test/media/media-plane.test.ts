// The media plane as its users see it: messages in, events, `.ul` and journal out. Time moves only
// by the fake clock.
import assert from "node:assert/strict";
import test from "node:test";
import { encodeAlaw, decodeUlaw } from "../../src/audio/g711.ts";
import { makeFill } from "../../src/audio/tone.ts";
import { turns } from "./media-fakes.ts";
import { assertBytes, LIVE, negotiation, PBX, PlaneBench, RTP_PORT } from "./plane-bench.ts";
import { FRAME, frame, frames, packet, range, rtp } from "./rtp-builder.ts";

test("a call's frames stand in the .ul from sample 0, and the journal tells the call (R4, R20)", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  assert.deepEqual(bench.all("opened"), [
    { type: "opened", recordingKey: "rec", rtpPort: RTP_PORT, inMemory: false, samples: 0 },
  ]);
  await bench.clock.advance(40);
  await bench.send(0, 100, { firstSequence: 65_500, firstTimestamp: 4_294_960_000 });
  const closed = await bench.close();
  assertBytes(bench.audio(), frames(range(0, 100)));
  assert.deepEqual(closed.statistics, {
    packetsReceived: 100,
    packetsLost: 0,
    packetsLate: 0,
    packetsDuplicate: 0,
    packetsStray: 0,
    jitterMs: 0,
    mos: 4.41,
    mosMethod: "G.107 reduced, listening (Id=0), G.711 Bpl 4.3",
    lossRatio: 0,
    kernelDrops: 0,
  });
  await bench.finish();
  assert.deepEqual(
    bench.journal().map((line) => line.type),
    ["header", "sip", "media", "end"],
  );
  const [media] = bench.lines("media");
  assert.equal(media?.leadMs, 40);
  assert.equal(media?.elapsedMs, 40);
  assert.equal(media?.sample, 0);
  assert.equal(media?.source, `${PBX}:49152`);
  assert.equal(closed.startTimeMs, Date.parse(media?.at ?? ""));
  const [end] = bench.lines("end");
  assert.equal(end?.samples, 16_000);
  assert.equal(end?.sha256, closed.sha256);
  assert.deepEqual([...bench.disk.files.keys()].sort(), [`${LIVE}/rec.ul`, `${LIVE}/rec.vrtx`]);
  await bench.stop();
});

test("audio reaches the disk at the latest 250 ms after its start hold, by time and not by size", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 100);
  assert.ok(bench.audio().length >= 16_000 - 250 * 8 - FRAME, `${bench.audio().length} bytes`);
  const writes = bench.disk.calls.filter((call) => /write .*\.ul$/.test(call)).length;
  assert.ok(writes >= 6 && writes <= 9, `${writes} writes in 2 s`);
  await bench.stop();
});

test("PCMA is transcoded; comfort noise, telephone-event and unknown types are never written", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  const alaw = Uint8Array.from(frame(0), (code) => encodeAlaw(decodeUlaw(code)));
  const at = (n: number, payloadType: number, payload: Uint8Array): void =>
    bench.datagram(rtp({ payload, sequence: n, timestamp: n * FRAME, payloadType }));
  at(0, 8, alaw);
  at(1, 101, Uint8Array.of(1, 10, 0, 160));
  at(2, 13, Uint8Array.of(40));
  at(3, 96, frame(3));
  at(4, 0, frame(4));
  await bench.clock.advance(500);
  const closed = await bench.close();
  const audio = bench.audio();
  assert.equal(audio.length, 5 * FRAME + (closed.samples - 5 * FRAME));
  const expected = Uint8Array.from(alaw, (_, index) => audio[index] ?? 0);
  assert.ok(
    frame(0).every(
      (code, index) => Math.abs(decodeUlaw(code) - decodeUlaw(expected[index]!)) < 700,
    ),
  );
  assertBytes(audio.subarray(FRAME, 4 * FRAME), makeFill(0, 3 * FRAME, "silence"));
  assertBytes(audio.subarray(4 * FRAME, 5 * FRAME), frame(4));
  assert.equal(closed.statistics.packetsLost, 0);
  assert.equal(closed.statistics.packetsStray, 1);
  await bench.stop();
});

test("lost packets are fill of the same length, told as one gap line for adjacent ones", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 20);
  await bench.clock.advance(60);
  await bench.send(23, 60);
  const closed = await bench.close();
  const expected = frames(range(0, 60));
  expected.fill(0xff, 20 * FRAME, 23 * FRAME);
  assertBytes(bench.audio(), expected);
  assert.equal(closed.statistics.packetsLost, 3);
  assert.equal(closed.statistics.lossRatio, 0.05);
  const gaps = bench.lines("gap").map(({ fromSample, samples, cause }) => ({
    fromSample,
    samples,
    cause,
  }));
  assert.deepEqual(gaps, [{ fromSample: 3200, samples: 480, cause: "loss" }]);
  await bench.stop();
});

test("a packet after the window is counted late and its gap is told as late", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  bench.post({ type: "listen", recordingKey: "rec" });
  await bench.send(0, 20);
  await bench.send(21, 32);
  bench.datagram(packet(20));
  await bench.send(32, 50);
  const closed = await bench.close();
  assert.equal(closed.statistics.packetsLate, 1);
  assert.equal(closed.statistics.packetsLost, 0);
  assertBytes(bench.heard().bytes, bench.audio().subarray(bench.heard().from));
  await bench.stop();
});

test("listeners get the very bytes of the file, in pieces of 20 to 60 ms (R5)", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 20);
  bench.post({ type: "listen", recordingKey: "rec" });
  await bench.send(20, 120);
  bench.post({ type: "unlisten", recordingKey: "rec" });
  const count = bench.all("audio").length;
  await bench.send(120, 140);
  assert.equal(bench.all("audio").length, count);
  await bench.close();
  const { from, bytes } = bench.heard();
  assertBytes(bytes, bench.audio().subarray(from, from + bytes.length));
  assert.ok(bytes.length >= 95 * FRAME);
  const sizes = bench.all("audio").map((event) => event.data.length);
  assert.ok(sizes.slice(1).every((size) => size >= 160 && size <= 480));
  await bench.stop();
});

test("listeners hear the last packet before BYE too (R5)", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  bench.post({ type: "listen", recordingKey: "rec" });
  await bench.send(0, 50);
  bench.datagram(packet(50));
  await bench.close();
  const { from, bytes } = bench.heard();
  assert.equal(from + bytes.length, 51 * FRAME);
  await bench.stop();
});

test("packets that wait in the kernel at BYE are recorded before the end", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  bench.udp.drain = (callback) => {
    bench.datagram(packet(50));
    bench.datagram(packet(51));
    callback();
  };
  assert.equal((await bench.close()).samples, 52 * FRAME);
  assertBytes(bench.audio(), frames(range(0, 52)));
  await bench.stop();
});

test("a recording that is erased while its port is drained stays erased", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  let drained = (): void => assert.fail("the port is drained at the end");
  bench.udp.drain = (callback) => {
    drained = callback;
  };
  bench.post({ type: "close", recordingKey: "rec" });
  bench.post({ type: "erase", recordingKey: "rec" });
  drained();
  await turns();
  assert.equal(bench.all("closed").length, 0);
  assert.deepEqual([...bench.disk.files.keys()], []);
  await bench.stop();
});

test("a BYE that a busy media plane comes to late: the tail is filled to the BYE, no further", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  const lastMs = bench.clock.nowMs();
  await bench.clock.advance(3_000);
  bench.post({ type: "close", recordingKey: "rec", atMs: lastMs + 500 });
  await turns();
  // The last packet lasts 20 ms; 520 ms after its arrival the call was over.
  const closed = bench.all("closed").at(-1);
  assert.ok(closed !== undefined && closed.samples <= 51 * FRAME + 500 * 8, `${closed?.samples}`);
  assert.ok(closed.samples > 50 * FRAME);
  await bench.stop();
});

test("the tail is filled when more than 200 ms are missing before BYE, and not below", async () => {
  const bench = await new PlaneBench().start();
  await bench.open("short");
  await bench.send(0, 50);
  await bench.clock.advance(180);
  assert.equal((await bench.close("short")).samples, 50 * FRAME);
  await bench.open("long", { remote: { host: PBX, port: 49_154 } });
  await bench.send(0, 50, { source: { host: PBX, port: 49_154 }, ssrc: 2 });
  await bench.clock.advance(980);
  assert.equal((await bench.close("long")).samples, 50 * FRAME + 1000 * 8);
  assert.deepEqual(bench.lines("gap", "long").at(-1)?.cause, "tail");
  await bench.stop();
});

test("hold without RTP never ends a call, and the gap is filled up to the return (hold)", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  bench.post({
    type: "renegotiate",
    recordingKey: "rec",
    negotiation: negotiation({ expectsMedia: false, remote: null }),
  });
  await bench.clock.advance(60_000);
  bench.post({ type: "renegotiate", recordingKey: "rec", negotiation: negotiation() });
  // The sender's timestamps went on meanwhile, its sequence numbers did not.
  for (const n of range(0, 50)) {
    const timestamp = (50 + 3000 + n) * FRAME;
    bench.datagram(rtp({ payload: frame(n), sequence: 50 + n, timestamp }));
    await bench.clock.advance(20);
  }
  const closed = await bench.close();
  assert.equal(closed.samples, 3100 * FRAME);
  assertBytes(bench.audio().subarray(3050 * FRAME), frames(range(0, 50)));
  const gaps = bench.lines("gap");
  assert.ok(gaps.every((gap) => gap.cause === "hold"));
  assert.equal(
    gaps.reduce((sum, gap) => sum + gap.samples, 0),
    3000 * FRAME,
  );
  assert.equal(closed.statistics.packetsLost, 0);
  await bench.stop();
});

test("after a signalled hold with stopped timestamps the clock measures the gap", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  const held = negotiation({ expectsMedia: false });
  bench.post({ type: "renegotiate", recordingKey: "rec", negotiation: held });
  await bench.clock.advance(4000);
  bench.post({ type: "renegotiate", recordingKey: "rec", negotiation: negotiation() });
  await bench.send(50, 100);
  await bench.close();
  assertBytes(bench.audio().subarray(-50 * FRAME), frames(range(50, 100)));
  assert.equal(bench.audio().length, 300 * FRAME);
  assert.deepEqual(
    bench.lines("gap").map((gap) => gap.cause),
    ["hold"],
  );
  await bench.stop();
});

test("a new SSRC goes on at once; a gap before it is measured by arrival (ssrc)", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  await bench.send(50, 100, { ssrc: 7, firstTimestamp: 99_999, firstSequence: 400 });
  await bench.clock.advance(400);
  await bench.send(100, 150, { ssrc: 8, firstTimestamp: 5, firstSequence: 9000 });
  const closed = await bench.close();
  const expected = new Uint8Array(170 * FRAME).fill(0xff);
  expected.set(frames(range(0, 100)));
  expected.set(frames(range(100, 150)), 120 * FRAME);
  assertBytes(bench.audio(), expected);
  assert.deepEqual(
    bench.lines("gap").map((gap) => [gap.fromSample, gap.samples, gap.cause]),
    [[100 * FRAME, 20 * FRAME, "ssrc"]],
  );
  assert.deepEqual(
    bench.all("media").map((event) => event.ssrc),
    [0xabcd, 7, 8],
  );
  assert.equal(closed.statistics.packetsReceived, 150);
  assert.equal(closed.statistics.packetsLost, 0);
  await bench.stop();
});

test("noMedia is told 2 s after the 200, again after a hold, and never while on hold", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.clock.advance(1900);
  assert.equal(bench.all("noMedia").length, 0);
  await bench.clock.advance(400);
  assert.equal(bench.all("noMedia").length, 1);
  const held = negotiation({ expectsMedia: false });
  bench.post({ type: "renegotiate", recordingKey: "rec", negotiation: held });
  await bench.clock.advance(5000);
  assert.equal(bench.all("noMedia").length, 1);
  bench.post({ type: "renegotiate", recordingKey: "rec", negotiation: negotiation() });
  await bench.clock.advance(2500);
  assert.equal(bench.all("noMedia").length, 2);
  const closed = await bench.close();
  assert.equal(closed.samples, 0);
  assert.equal(closed.startTimeMs, null);
  assert.equal(closed.statistics.mos, null);
  await bench.stop();
});

test("erase removes the pair; a closed recording's pause answers no-recording", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 30);
  await bench.close();
  assert.equal((await bench.pause("pause")).result, "no-recording");
  bench.post({ type: "erase", recordingKey: "rec" });
  await turns();
  assert.deepEqual(bench.all("finished"), [{ type: "finished", recordingKey: "rec" }]);
  assert.deepEqual([...bench.disk.files.keys()], []);
  assert.equal((await bench.pause("resume", "nobody")).result, "no-recording");
  await bench.stop();
});

test("receiver reports go to the source's port + 1 every 5 s, with LSR and DLSR (RFC 3550 6.4)", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 200);
  const report = Uint8Array.from([
    ...[0x80, 200, 0, 6, 0, 0, 0xab, 0xcd, 0, 1, 0x22, 0x33, 0x44, 0x55, 0, 0],
    ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]);
  bench.udp.at(RTP_PORT + 1)?.delegate.onDatagram(report, { host: PBX, port: 49_153 });
  bench.udp.at(RTP_PORT + 1)?.delegate.onDatagram(Uint8Array.of(1), { host: PBX, port: 49_153 });
  bench.udp.at(RTP_PORT + 1)?.delegate.onDatagram(report, { host: PBX, port: 1 });
  await bench.send(200, 300);
  const [first] = bench.udp.at(RTP_PORT + 1)?.sent ?? [];
  assert.deepEqual(first?.target, { host: PBX, port: 49_153 });
  const view = new DataView(first.data.buffer);
  assert.equal(view.getUint32(8), 0xabcd);
  assert.equal(view.getUint32(24), 0x2233_4455);
  assert.ok(view.getUint32(28) > 65_536 * 0.9 && view.getUint32(28) < 65_536 * 1.5);
  await bench.stop();
});

test("kernel drops make the calls of that port degraded, and are counted", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 30);
  const socket = bench.udp.at(RTP_PORT);
  socket!.drops = 12;
  await bench.send(30, 130);
  assert.deepEqual(
    bench.all("degraded").map((event) => event.why),
    ["kernel-drops"],
  );
  assert.equal(bench.all("metrics").at(-1)?.kernelDrops, 12);
  socket!.drops = 15;
  await bench.send(130, 230);
  assert.equal(bench.all("metrics").at(-1)?.kernelDrops, 15, "the socket's count, not its sum");
  assert.equal((await bench.close()).statistics.kernelDrops, 15);
  await bench.stop();
});

test("journal lines of others are stamped by the plane, also after the close", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  bench.post({
    type: "journal",
    recordingKey: "rec",
    entry: { type: "rule", title: "Sales", kind: "agent" },
  });
  await bench.close();
  bench.post({
    type: "journal",
    recordingKey: "rec",
    entry: { type: "rule", title: "Later", kind: "agent" },
  });
  await bench.finish();
  const rules = bench.lines("rule");
  assert.deepEqual(
    rules.map((line) => [line.title, line.sample, line.elapsedMs]),
    [
      ["Sales", 50 * FRAME, 1000],
      ["Later", 50 * FRAME, 1000],
    ],
  );
  await bench.stop();
});

test("stop writes what is held and leaves the pair as it is", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 33);
  await bench.stop();
  assertBytes(bench.audio(), frames(range(0, 33)));
  assert.ok(bench.disk.files.has(`${LIVE}/rec.tmpvrtx`));
  await bench.plane.close();
});
