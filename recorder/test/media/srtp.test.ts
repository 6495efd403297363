// A call over SRTP in the media plane: decrypted before the stream, refused where no key fits, kept
// going over a re-INVITE and a crash. The sender is werift's.
import assert from "node:assert/strict";
import test from "node:test";
import type { SrtpTerms } from "../../src/ports/index.ts";
import { KEYLESS_MS } from "../../src/media/srtp-stage.ts";
import { SrtpSender, srtpTerms } from "../rtp/srtp-sender.ts";
import { FakeDisk, turns } from "./media-fakes.ts";
import { assertBytes, LIVE, negotiation, PlaneBench, RTP_PORT } from "./plane-bench.ts";
import { FRAME, frames, packet, type PacketDefaults, range } from "./rtp-builder.ts";

const FIRST = srtpTerms(1);
const SECOND = srtpTerms(2);
const KEYS_PATH = `${LIVE}/rec.srtp`;

async function opened(terms: SrtpTerms | null = FIRST): Promise<PlaneBench> {
  const bench = await new PlaneBench().start();
  await bench.open("rec", terms === null ? {} : { srtp: terms });
  return bench;
}

function renegotiate(bench: PlaneBench, terms: SrtpTerms | null): void {
  const agreed = negotiation(terms === null ? {} : { srtp: terms });
  bench.post({ type: "renegotiate", recordingKey: "rec", negotiation: agreed });
}

/** Frames `from` … `to` − 1, a packet each 20 ms. */
async function send(
  bench: PlaneBench,
  sender: SrtpSender | null,
  [from, to]: readonly [number, number],
  of: PacketDefaults = {},
): Promise<void> {
  for (const n of range(from, to)) {
    const plain = packet(n, of);
    bench.datagram(sender === null ? plain : sender.protect(plain));
    await bench.clock.advance(20);
  }
}

const unauthentic = (bench: PlaneBench): number | undefined =>
  bench.all("metrics").at(-1)?.packetsUnauthentic;

test("what was spoken is recorded to the sample, over the roll-over of the numbers", async () => {
  const bench = await opened();
  await send(bench, new SrtpSender(FIRST), [0, 150], { firstSequence: 65_500 });
  await bench.clock.advance(1000);
  const { statistics } = await bench.close();
  assertBytes(bench.audio().subarray(0, 150 * FRAME), frames(range(0, 150)));
  assert.equal(statistics.packetsReceived, 150);
  assert.deepEqual([statistics.packetsLost, statistics.packetsStray], [0, 0]);
  assert.equal(unauthentic(bench), 0);
  await bench.finish();
  await bench.stop();
});

test("nothing that no key fits is recorded; it is told once, and counted", async () => {
  const bench = await opened();
  await send(bench, new SrtpSender(SECOND), [0, 100]);
  await send(bench, null, [100, 120]);
  const { samples, statistics } = await bench.close();
  await bench.clock.advance(1000);
  assert.equal(samples, 0);
  assert.deepEqual([statistics.packetsReceived, statistics.packetsStray], [0, 120]);
  assert.equal(unauthentic(bench), 120);
  const notices = bench.all("notice").map(({ code, recordingKey }) => [code, recordingKey]);
  assert.deepEqual(notices, [["SRTP_UNAUTHENTIC", "rec"]]);
  assert.equal(bench.all("noMedia").length, 1);
  await bench.finish();
  await bench.stop();
});

test("padding is encrypted: whatever stands at the packet's end, its payload is recorded", async () => {
  const bench = await opened();
  const sender = new SrtpSender(FIRST);
  const ends = new Set<string>();
  for (const n of range(0, 800)) {
    const plain = packet(n);
    plain[0]! |= 0x20;
    const data = sender.protect(Uint8Array.from([...plain, 0, 0, 0, 4]));
    const last = data.at(-1)!;
    ends.add(last === 0 ? "none" : last > data.length - 12 ? "too long" : "possible");
    bench.datagram(data);
    await bench.clock.advance(20);
  }
  assert.deepEqual([...ends].sort(), ["none", "possible", "too long"]);
  const { statistics } = await bench.close();
  assertBytes(bench.audio(), frames(range(0, 800)));
  assert.equal(statistics.packetsStray, 0);
  await bench.finish();
  await bench.stop();
});

test("a repeated packet is a duplicate; a changed one is a gap", async () => {
  const bench = await opened();
  const sender = new SrtpSender(FIRST);
  for (const n of range(0, 100)) {
    const data = sender.protect(packet(n));
    if (n === 50) data[40]! ^= 1;
    bench.datagram(data);
    if (n === 30) bench.datagram(data);
    await bench.clock.advance(20);
  }
  const { statistics } = await bench.close();
  const expected = frames(range(0, 100));
  expected.fill(0xff, 50 * FRAME, 51 * FRAME);
  assertBytes(bench.audio(), expected);
  assert.deepEqual(
    [statistics.packetsDuplicate, statistics.packetsStray, statistics.packetsLost],
    [1, 1, 1],
  );
  await bench.finish();
  await bench.stop();
});

test("a new key of a re-INVITE is taken at once, and the old one for what was on its way", async () => {
  const bench = await opened();
  const [before, after] = [new SrtpSender(FIRST), new SrtpSender(SECOND)];
  await send(bench, before, [0, 60]);
  const late = before.protect(packet(60));
  renegotiate(bench, SECOND);
  bench.datagram(after.protect(packet(61)));
  bench.datagram(late);
  await bench.clock.advance(40);
  await send(bench, after, [62, 100]);
  await bench.close();
  assertBytes(bench.audio(), frames(range(0, 100)));
  assert.equal(bench.all("notice").length, 0);
  await bench.finish();
  await bench.stop();
});

test("packets under a new key may come before the key: they wait, so many and so long", async () => {
  for (const [count, waitMs, taken] of [
    [5, 0, 5],
    [KEYLESS_MS / 20, 0, KEYLESS_MS / 20],
    [40, 0, KEYLESS_MS / 20 + 1],
    [5, KEYLESS_MS, 0],
  ] as const) {
    const bench = await opened();
    await send(bench, new SrtpSender(FIRST), [0, 50]);
    const after = new SrtpSender(SECOND);
    await send(bench, after, [50, 50 + count]);
    await bench.clock.advance(waitMs);
    const last = 50 + count + waitMs / 20;
    if (waitMs > 0) bench.datagram(after.protect(packet(last)));
    await bench.clock.advance(0);
    renegotiate(bench, SECOND);
    await send(bench, after, [last + 1, last + 50]);
    const { statistics } = await bench.close();
    assert.equal(statistics.packetsStray, count - taken, `${count} packets, ${waitMs} ms`);
    const lost = range(50, last).filter((n) => n < 50 + count - taken || n >= 50 + count);
    for (const n of range(0, last + 50)) {
      const found = bench.audio().subarray(n * FRAME, (n + 1) * FRAME);
      const isThere = !lost.includes(n) && (n !== last || waitMs > 0);
      assert.equal(Buffer.compare(found, frames([n])) === 0, isThere, `frame ${n}`);
    }
    await bench.finish();
    await bench.stop();
  }
});

test("what came under no key is not taken for plain RTP when encryption ends", async () => {
  const bench = await opened();
  await send(bench, new SrtpSender(FIRST), [0, 50]);
  await send(bench, null, [50, 55]);
  renegotiate(bench, null);
  await send(bench, null, [55, 100]);
  const { statistics } = await bench.close();
  assert.equal(statistics.packetsStray, 5);
  const expected = frames(range(0, 100));
  expected.fill(0xff, 50 * FRAME, 55 * FRAME);
  assertBytes(bench.audio(), expected);
  await bench.finish();
  await bench.stop();
});

test("the same key again changes nothing: what was heard before is not heard twice", async () => {
  const bench = await opened();
  const sender = new SrtpSender(FIRST);
  await send(bench, sender, [0, 20]);
  const last = sender.protect(packet(20));
  bench.datagram(last);
  renegotiate(bench, { ...FIRST });
  bench.datagram(last);
  await bench.clock.advance(20);
  const { statistics } = await bench.close();
  assert.equal(statistics.packetsDuplicate, 1);
  await bench.finish();
  await bench.stop();
});

test("a re-INVITE may end encryption, or begin it", async () => {
  const bench = await opened(null);
  await send(bench, null, [0, 50]);
  renegotiate(bench, FIRST);
  await send(bench, new SrtpSender(FIRST), [50, 100]);
  renegotiate(bench, null);
  await send(bench, null, [100, 150]);
  await bench.close();
  assertBytes(bench.audio(), frames(range(0, 150)));
  await bench.finish();
  await bench.stop();
});

test("no RTCP is sent for SRTP: it would have to be encrypted", async () => {
  for (const terms of [null, FIRST]) {
    const bench = await opened(terms);
    await send(bench, terms === null ? null : new SrtpSender(terms), [0, 400]);
    const reports = bench.udp.at(RTP_PORT + 1)?.sent.length ?? 0;
    assert.equal(reports > 0, terms === null);
    await bench.close();
    await bench.finish();
    await bench.stop();
  }
});

function openWithKey(bench: PlaneBench): Promise<void> {
  return bench.open("rec", { srtp: FIRST }, [FIRST.masterKey]);
}

const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

test("keys are on the disk before the line that hides them, and go with the call's end", async () => {
  const bench = await new PlaneBench().start();
  await openWithKey(bench);
  assert.equal(textOf(bench.disk.files.get(KEYS_PATH)), `${FIRST.masterKey}\n`);
  const { calls } = bench.disk;
  const isOf = (path: string) => (call: string) => call.startsWith("write") && call.endsWith(path);
  const journalPath = `${LIVE}/rec.tmpvrtx`;
  assert.ok(
    calls.findIndex(isOf(KEYS_PATH)) < calls.findIndex(isOf(journalPath)),
    calls.join("\n"),
  );
  const entry = { type: "sip", text: "inline:*1*" };
  bench.post({ type: "journal", recordingKey: "rec", entry, keys: [SECOND.masterKey] });
  await turns();
  const both = `${FIRST.masterKey}\n${SECOND.masterKey}\n`;
  assert.equal(textOf(bench.disk.files.get(KEYS_PATH)), both);
  await bench.close();
  assert.equal(bench.disk.files.has(KEYS_PATH), false);
  // An ACK or BYE that is journalled late brings no file back.
  bench.post({ type: "journal", recordingKey: "rec", entry, keys: ["late"] });
  await bench.finish();
  assert.deepEqual([...bench.disk.files.keys()].sort(), [`${LIVE}/rec.ul`, `${LIVE}/rec.vrtx`]);
  await bench.stop();
});

test("an erased recording leaves no keys", async () => {
  const bench = await new PlaneBench().start();
  await openWithKey(bench);
  bench.post({ type: "erase", recordingKey: "rec" });
  await turns();
  assert.deepEqual([...bench.disk.files.keys()], []);
  await bench.stop();
});

test("kill -9 after a roll-over: the call goes on, and its keys stay until it ends", async () => {
  const before = await new PlaneBench().start();
  await openWithKey(before);
  const sender = new SrtpSender(FIRST);
  await send(before, sender, [0, 100], { firstSequence: 65_500 });
  const disk = new FakeDisk();
  for (const [path, bytes] of before.disk.files) disk.files.set(path, bytes.slice());
  const bench = new PlaneBench(disk);
  bench.clock.wallOffsetMs = before.clock.wallTimeMs() + 1000 - bench.clock.nowMs();
  await bench.start();
  const agreed = negotiation({ srtp: FIRST });
  const of = { recordingKey: "rec", rtpPort: RTP_PORT, entries: [], keys: [FIRST.masterKey] };
  bench.post({ type: "resumeFile", negotiation: agreed, ...of });
  await send(bench, sender, [150, 200], { firstSequence: 65_500 });
  assert.equal(bench.disk.files.has(KEYS_PATH), true);
  await bench.close();
  assertBytes(bench.audio().subarray(150 * FRAME), frames(range(150, 200)));
  assert.equal(bench.disk.files.has(KEYS_PATH), false);
  await bench.finish();
  await bench.stop();
});
