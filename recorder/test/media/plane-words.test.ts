// What the media plane tells of itself (design.md §5): details of failures and notices word by
// word, figures every second, and that after its stop it says and does nothing.
import assert from "node:assert/strict";
import test from "node:test";
import type { Address } from "../../src/ports/index.ts";
import { RECORDINGS_LIMIT } from "../../src/media/media-plane.ts";
import { EARLY_PACKETS_LIMIT } from "../../src/media/packet-reception.ts";
import { FakeDisk, systemError, turns } from "./media-fakes.ts";
import { LIVE, negotiation, PBX, PlaneBench, RTP_PORT } from "./plane-bench.ts";
import { packet, range } from "./rtp-builder.ts";

const SOURCE: Address = { host: PBX, port: 49_152 };

test("a start that fails says what could not be had, and why, in the system's words", async () => {
  const directory = new PlaneBench();
  directory.disk.mood = "EACCES";
  await directory.start();
  assert.deepEqual(directory.all("failed"), [
    {
      ...{ type: "failed", code: "DIRECTORY_NOT_WRITABLE" },
      detail: `${LIVE}: EACCES: EACCES: planned by the test`,
    },
  ]);
  const port = new PlaneBench();
  port.udp.refusals.set(RTP_PORT, "EADDRINUSE");
  await port.start();
  assert.equal(port.all("failed")[0]?.detail, `RTP 192.0.2.10:${RTP_PORT}`);
  const probe = new PlaneBench();
  probe.udp.refusals.set(40_002, "EMFILE");
  await probe.start({ rtp: { range: [20_000, 20_010] } });
  assert.equal(probe.all("failed")[0]?.detail, "EMFILE: EMFILE: planned by the test");
});

test("it is ready with the port it got; what it got less of is a notice with both figures", async () => {
  const bench = new PlaneBench();
  bench.udp.grantedBytes = 212_992;
  bench.udp.refusals.set(RTP_PORT + 1, "EACCES");
  await bench.start();
  assert.deepEqual(bench.events, [
    {
      ...{ type: "notice", level: "info", code: "PORT_NOT_PERMITTED" },
      detail: `RTCP 192.0.2.10:${RTP_PORT + 1}, no receiver reports`,
    },
    { type: "ready", receiveBufferBytes: 212_992, rtpPort: RTP_PORT },
    {
      ...{ type: "notice", level: "warn", code: "RECEIVE_BUFFER_SMALL" },
      detail: "granted 212992 of 4194304 bytes",
    },
  ]);
  await bench.stop();
});

test("a second start changes nothing", async () => {
  const bench = await new PlaneBench().start();
  await bench.start({ rtp: { port: 6000 } });
  assert.equal(bench.all("ready").length, 1);
  assert.equal(bench.udp.at(6000), undefined);
  await bench.stop();
});

test("every second the figures are told: packets, strays, what waits, open recordings", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  for (const n of range(0, 10)) bench.datagram(packet(n));
  bench.datagram(packet(0), { host: "203.0.113.9", port: 9 });
  bench.datagram(Uint8Array.of(1, 2, 3));
  await bench.clock.advance(999);
  assert.deepEqual(bench.all("metrics"), []);
  await bench.clock.advance(1);
  assert.deepEqual(bench.all("metrics"), [
    {
      ...{ type: "metrics", packetsReceived: 12, packetsStray: 2, packetsAmbiguous: 0 },
      ...{ packetsUnauthentic: 0 },
      ...{ kernelDrops: 0, writeBehindBytes: 0, openRecordings: 1 },
    },
  ]);
  await bench.clock.advance(1000);
  assert.equal(bench.all("metrics").length, 2);
  await bench.stop();
});

test("foreign packets are told with their source, at a limited rate", async () => {
  const bench = await new PlaneBench().start();
  const stray = (): unknown[] => bench.all("notice").filter(({ code }) => code === "RTP_STRAY");
  for (const n of range(0, 5)) bench.datagram(packet(n), { host: "203.0.113.9", port: 4321 });
  assert.deepEqual(stray(), [
    { type: "notice", level: "info", code: "RTP_STRAY", detail: "from 203.0.113.9:4321" },
  ]);
  await bench.clock.advance(60_000);
  bench.datagram(packet(9), { host: "203.0.113.9", port: 4321 });
  assert.equal(stray().length, 2);
  await bench.stop();
});

test("a pair that cannot be read says which, and why; a journal without header likewise", async () => {
  const resume = async (disk: FakeDisk): Promise<unknown> => {
    const bench = await new PlaneBench(disk).start();
    const at = { recordingKey: "rec", rtpPort: RTP_PORT, entries: [] };
    bench.post({ type: "resumeFile", negotiation: negotiation(), ...at });
    await turns();
    const [failed] = bench.all("openFailed");
    assert.equal(bench.all("opened").length, 0);
    await bench.stop();
    return failed;
  };
  const failed = { type: "openFailed", recordingKey: "rec" };
  assert.deepEqual(await resume(new FakeDisk()), {
    ...{ ...failed, code: "LIVE_WRITE_FAILED" },
    detail: `${LIVE}/rec: ENOENT: ENOENT: planned by the test`,
  });
  const empty = new FakeDisk();
  empty.files.set(`${LIVE}/rec.tmpvrtx`, new Uint8Array());
  assert.deepEqual(await resume(empty), {
    ...{ ...failed, code: "JOURNAL_DAMAGED" },
    detail: "The journal has no readable header.",
  });
});

test("a pause of nothing is answered at once; other commands of nothing are passed over", async () => {
  const bench = await new PlaneBench().start();
  bench.events.length = 0;
  for (const type of ["close", "erase", "listen", "unlisten"] as const) {
    bench.post({ type, recordingKey: "none" });
  }
  assert.deepEqual(bench.events, []);
  const requestOf = { recordingKey: "none", by: "anna", via: "api" } as const;
  bench.post({ type: "pause", requestId: 5, ...requestOf });
  bench.post({ type: "resume", requestId: 6, ...requestOf });
  const answer = { type: "pauseApplied", recordingKey: "none", result: "no-recording", sample: 0 };
  assert.deepEqual(bench.events, [
    { ...answer, requestId: 5 },
    { ...answer, requestId: 6 },
  ]);
  await bench.stop();
});

test("packets that wait for their files are limited; those beyond are strays", async () => {
  const before = await new PlaneBench().start();
  await before.open();
  await before.send(0, 20);
  const disk = new FakeDisk();
  for (const [path, bytes] of before.disk.files) disk.files.set(path, bytes.slice());
  const bench = await new PlaneBench(disk).start();
  disk.mood = "hangs";
  const at = { recordingKey: "rec", rtpPort: RTP_PORT, entries: [] };
  bench.post({ type: "resumeFile", negotiation: negotiation(), ...at });
  for (const n of range(20, 20 + EARLY_PACKETS_LIMIT + 3)) bench.datagram(packet(n));
  await bench.clock.advance(1000);
  assert.equal(bench.all("metrics")[0]?.packetsStray, 3);
  disk.heal();
  await bench.clock.advance(1000);
  assert.equal(bench.all("opened").length, 1);
  await bench.stop();
});

test("names that cannot be made durable are told once in a while, and tried again each second", async () => {
  const bench = await new PlaneBench().start();
  bench.disk.concerns = (call) => call.startsWith("syncDirectory");
  bench.disk.mood = "EIO";
  await bench.open();
  await bench.clock.advance(3000);
  assert.deepEqual(bench.all("notice"), [
    {
      ...{ type: "notice", level: "error", code: "LIVE_WRITE_FAILED" },
      detail: "EIO: EIO: planned by the test",
    },
  ]);
  const tries = (): number =>
    bench.disk.calls.filter((call) => call === `syncDirectory ${LIVE}`).length;
  assert.equal(tries(), 3);
  bench.disk.heal();
  await bench.clock.advance(3000);
  assert.equal(tries(), 4, "once they are durable nothing is left to do");
  await bench.stop();
});

test("after the stop no command is heard, and no event is told", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.stop();
  const { length } = bench.events;
  assert.equal(bench.events.at(-1)?.type, "stopped");
  await bench.open("other");
  bench.post({ type: "stop" });
  await bench.start();
  await bench.plane.close();
  await bench.clock.advance(10_000);
  assert.equal(bench.events.length, length);
  assert.deepEqual(bench.udp.open(), []);
});

test("closing before the ports are bound leaves no socket", async () => {
  const bench = new PlaneBench();
  const starting = bench.start();
  const closing = bench.plane.close();
  await Promise.all([starting, closing]);
  await turns();
  assert.deepEqual([bench.all("ready"), bench.udp.open()], [[], []]);
  assert.equal(bench.all("stopped").length, 1);
});

test("RFC 3550 §6.4.1: only sender reports of the present SSRC count; damaged ones harm nobody", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 20);
  const report = (ssrc: number, type = 200): Uint8Array => {
    const words = [ssrc, 0x0001_2233, 0x4455_6677, 0, 20, 3200];
    const data = new Uint8Array(4 + words.length * 4);
    data.set([0x80, type, 0, words.length]);
    words.forEach((word, index) => new DataView(data.buffer).setUint32(4 + index * 4, word));
    return data;
  };
  const lastReport = async (...datagrams: Uint8Array[]): Promise<number | undefined> => {
    const socket = bench.udp.at(RTP_PORT + 1);
    const source = { host: PBX, port: SOURCE.port + 1 };
    for (const data of datagrams) socket?.delegate.onDatagram(data, source);
    await bench.clock.advance(5000);
    const sent = socket?.sent.at(-1)?.data;
    return sent === undefined
      ? undefined
      : new DataView(sent.buffer, sent.byteOffset).getUint32(24);
  };
  assert.equal(await lastReport(), 0, "none was heard");
  assert.equal(await lastReport(report(0x9999), Uint8Array.of(1, 2), report(0xabcd, 204)), 0);
  assert.equal(await lastReport(report(0xabcd)), 0x2233_4455);
  bench.udp.at(RTP_PORT + 1)?.delegate.onError(systemError("ECONNREFUSED"));
  await bench.stop();
});

test("a recording beyond the limit is not opened, and says why; those before go on", async () => {
  const bench = await new PlaneBench().start();
  bench.disk.mood = "hangs";
  const header = { type: "header" } as const;
  const of = { header, entries: [], negotiation: negotiation({ remote: null }) };
  for (const n of range(0, RECORDINGS_LIMIT + 1)) {
    bench.post({ type: "open", recordingKey: `rec-${n}`, ...of });
  }
  assert.deepEqual(bench.all("openFailed"), [
    {
      ...{ type: "openFailed", recordingKey: `rec-${RECORDINGS_LIMIT}` },
      ...{ code: "MEDIA_PLANE_FAILED", detail: "too many recordings" },
    },
  ]);
  const closing = bench.plane.close();
  await bench.clock.advance(5000);
  await closing;
  assert.deepEqual(bench.clock.running(), []);
});

test("who listens to a recording that is over hears nothing, and no timer runs for it", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 20);
  await bench.close();
  const { length } = bench.all("audio");
  bench.post({ type: "listen", recordingKey: "rec" });
  bench.datagram(packet(21));
  await bench.clock.advance(1000);
  assert.equal(bench.all("audio").length, length);
  await bench.finish();
  bench.post({ type: "listen", recordingKey: "rec" });
  await bench.clock.advance(1000);
  assert.deepEqual(bench.clock.running(), ["media.second"]);
  await bench.stop();
});
