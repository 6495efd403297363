// Which packets reach which recording through the plane: shared port and range, strays, latching,
// pairs claimed twice; and how a start fails (design.md §5).
import assert from "node:assert/strict";
import test from "node:test";
import { RUNNING_MS } from "../../src/media/packet-router.ts";
import { systemError, turns } from "./media-fakes.ts";
import { assertBytes, negotiation, PBX, PlaneBench, RTP_PORT } from "./plane-bench.ts";
import { FRAME, frames, packet, range, rtp } from "./rtp-builder.ts";

const OTHER = { host: PBX, port: 60_000 };

test("stray packets of a foreign port are counted and never recorded", async () => {
  const bench = await new PlaneBench().start();
  bench.datagram(packet(0, { ssrc: 66 }), OTHER);
  await bench.open();
  bench.datagram(packet(1, { ssrc: 66 }), OTHER);
  for (const n of range(0, 60)) {
    bench.datagram(packet(n));
    bench.datagram(packet(n + 2, { ssrc: 66 }).fill(222, 12), OTHER);
    bench.datagram(packet(n), { host: "203.0.113.5", port: 49_152 });
    bench.datagram(Uint8Array.of(1, 2, 3));
    await bench.clock.advance(20);
  }
  await bench.close();
  assertBytes(bench.audio(), frames(range(0, 60)));
  await bench.clock.advance(2000);
  const { packetsStray } = bench.all("metrics").at(-1)!;
  assert.ok(packetsStray >= 178 && packetsStray <= 182, `${packetsStray} strays`);
  assert.equal(bench.all("notice").filter((one) => one.code === "RTP_STRAY").length, 1);
  await bench.stop();
});

test("an unannounced source is latched, and nothing of what was held is lost", async () => {
  const bench = await new PlaneBench().start();
  await bench.clock.advance(RUNNING_MS);
  await bench.open();
  await bench.send(0, 50, { source: OTHER });
  await bench.close();
  assertBytes(bench.audio(), frames(range(0, 50)));
  assert.deepEqual(bench.all("media")[0]?.source, OTHER);
  await bench.stop();
});

test("RTP that two calls could own is RTP_AMBIGUOUS, counted, and recorded for neither", async () => {
  const bench = await new PlaneBench().start();
  await bench.clock.advance(RUNNING_MS);
  await bench.open("a");
  await bench.open("b", { remote: { host: PBX, port: 49_154 } });
  await bench.send(0, 50, { source: OTHER });
  assert.equal((await bench.close("a")).samples, 0);
  assert.equal((await bench.close("b")).samples, 0);
  assert.equal(bench.all("notice").filter((one) => one.code === "RTP_AMBIGUOUS").length, 1);
  await bench.clock.advance(1000);
  assert.equal(bench.all("metrics").at(-1)?.packetsAmbiguous, 49);
  await bench.stop();
});

test("a pair claimed twice degrades the older call; each keeps its own SSRC", async () => {
  const bench = await new PlaneBench().start();
  await bench.open("old");
  await bench.send(0, 20, { ssrc: 1 });
  await bench.open("new");
  assert.deepEqual(bench.all("degraded"), [
    { type: "degraded", recordingKey: "old", why: "pair-claimed-twice" },
  ]);
  for (const n of range(20, 60)) {
    bench.datagram(packet(n, { ssrc: 1 }));
    bench.datagram(packet(n + 500, { ssrc: 2 }));
    await bench.clock.advance(20);
  }
  await bench.close("old");
  await bench.close("new");
  assertBytes(bench.audio("old"), frames(range(0, 60)));
  assertBytes(bench.audio("new"), frames(range(520, 560)));
  await bench.stop();
});

test("a pair claimed before the older call was heard makes both doubtful, none claimed twice", async () => {
  const bench = await new PlaneBench().start();
  await bench.open("old");
  await bench.open("new");
  assert.deepEqual(
    bench.all("degraded").map(({ recordingKey, why }) => `${recordingKey} ${why}`),
    ["old source-doubtful", "new source-doubtful"],
  );
  await bench.send(0, 20, { ssrc: 1 });
  // Only one was ever heard: what it goes on to say after the BYE may be the other one's.
  await bench.close("old");
  await bench.send(20, 40, { ssrc: 1 });
  await bench.close("new");
  assertBytes(bench.audio("old"), frames(range(0, 20)));
  assertBytes(bench.audio("new"), frames(range(20, 40)));
  await bench.stop();
});

test("who was heard may have been the one that ended unheard: a third call is doubtful with it", async () => {
  for (const [goesOnFrames, wanted] of [
    [0, ["old source-doubtful", "third source-doubtful"]],
    [40, ["old pair-claimed-twice"]],
  ] as const) {
    const bench = await new PlaneBench().start();
    await bench.open("old");
    await bench.open("silent");
    await bench.send(0, 20, { ssrc: 1 });
    await bench.close("silent");
    // What comes on and on of it is of the one that is left.
    await bench.send(20, 20 + goesOnFrames, { ssrc: 1 });
    const before = bench.all("degraded").length;
    await bench.open("third");
    assert.deepEqual(
      bench
        .all("degraded")
        .slice(before)
        .map(({ recordingKey, why }) => `${recordingKey} ${why}`)
        .toSorted(),
      // Of the older one it is told already.
      wanted.filter((line) => line !== "old source-doubtful"),
    );
    await bench.close("old");
    await bench.close("third");
    await bench.stop();
  }
});

test("while one of two doubtful calls is paused the other keeps nothing either (R21)", async () => {
  const bench = await new PlaneBench().start();
  await bench.open("old");
  await bench.open("new");
  for (const n of range(0, 60)) {
    if (n === 20 || n === 40) {
      const [type, requestId] = [n === 20 ? ("pause" as const) : ("resume" as const), n];
      bench.post({ type, requestId, recordingKey: "old", by: "anna", via: "api" });
    }
    bench.datagram(packet(n, { ssrc: 1 }));
    bench.datagram(packet(n + 500, { ssrc: 2 }));
    await bench.clock.advance(20);
  }
  await bench.close("old");
  await bench.close("new");
  const heard = bench.audio("new");
  const voice = (n: number): boolean =>
    Buffer.compare(heard.subarray(n * 160, n * 160 + 160), frames([n + 500])) === 0;
  // The guard of 200 ms behind the pause is kept out too.
  assert.deepEqual(
    range(0, 60).filter((n) => !voice(n)),
    range(20, 50),
  );
  await bench.stop();
});

test("a port used again at once: what the ended call still sends is refused", async () => {
  const bench = await new PlaneBench().start();
  await bench.open("first");
  await bench.send(0, 50, { ssrc: 1 });
  await bench.close("first");
  await bench.open("second");
  for (const n of range(50, 80)) {
    bench.datagram(packet(n, { ssrc: 1 }));
    bench.datagram(packet(n + 100, { ssrc: 2 }));
    await bench.clock.advance(20);
  }
  await bench.close("second");
  assertBytes(bench.audio("second"), frames(range(150, 180)));
  await bench.stop();
});

test("two SSRCs that alternate behind one pair cannot toss the recording to and fro", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 20, { ssrc: 1 });
  for (const n of range(20, 100)) {
    bench.datagram(packet(n, { ssrc: 1 }));
    bench.datagram(packet(n + 900, { ssrc: 2 }));
    await bench.clock.advance(20);
  }
  const closed = await bench.close();
  assertBytes(bench.audio(), frames(range(0, 100)));
  assert.equal(closed.statistics.packetsStray, 80);
  await bench.stop();
});

test("an SSRC of an unknown payload type never takes over", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  bench.datagram(rtp({ payload: packet(0), sequence: 1, timestamp: 0, payloadType: 99 }));
  await bench.send(0, 20);
  await bench.send(0, 20, { ssrc: 9, payloadType: 99 });
  await bench.send(20, 40);
  assert.equal((await bench.close()).statistics.packetsStray, 21);
  assert.deepEqual(bench.all("media").length, 1);
  await bench.stop();
});

test("with rtp.range each call has an even port of its own, and the port decides", async () => {
  const bench = await new PlaneBench().start({ rtp: { range: [20_001, 20_006] } });
  assert.deepEqual(bench.all("ready")[0]?.rtpPort, null);
  bench.udp.refusals.set(20_002, "EADDRINUSE");
  await bench.open("a");
  await bench.open("b");
  const ports = bench.all("opened").map((event) => event.rtpPort);
  assert.deepEqual(ports, [20_004, 20_006]);
  await bench.open("c");
  assert.equal(bench.all("openFailed")[0]?.code, "RTP_PORTS_EXHAUSTED");
  // Both calls send from one source, as SIPp does.
  for (const n of range(0, 50)) {
    bench.datagram(packet(n, { ssrc: 3 }), undefined, 20_004);
    bench.datagram(packet(n + 50, { ssrc: 3 }), undefined, 20_006);
    await bench.clock.advance(20);
  }
  await bench.close("a");
  assert.equal(bench.udp.at(20_004), undefined);
  await bench.close("b");
  assertBytes(bench.audio("a"), frames(range(0, 50)));
  assertBytes(bench.audio("b"), frames(range(50, 100)));
  assert.deepEqual(bench.all("degraded"), []);
  await bench.open("d");
  assert.equal(bench.all("opened").at(-1)?.rtpPort, 20_004);
  await bench.stop();
});

test("in range mode a resumed call gets its old port, or is told that it cannot", async () => {
  const bench = await new PlaneBench().start({ rtp: { range: [20_000, 20_010] } });
  const base = { type: "resumeFile", negotiation: negotiation(), entries: [] } as const;
  bench.udp.refusals.set(20_008, "EADDRINUSE");
  bench.post({ ...base, recordingKey: "x", rtpPort: 20_008 });
  bench.post({ ...base, recordingKey: "y", rtpPort: 20_006 });
  await turns();
  assert.deepEqual(
    bench.all("openFailed").map((event) => [event.recordingKey, event.code]),
    [
      ["x", "PORT_IN_USE"],
      ["y", "LIVE_WRITE_FAILED"],
    ],
  );
  assert.deepEqual(bench.udp.open(), []);
  await bench.stop();
});

test("commands before the bind are kept; a recording is opened once only", async () => {
  const bench = new PlaneBench();
  const starting = bench.start();
  const opening = bench.open();
  await starting;
  await opening;
  assert.equal(bench.all("opened").length, 1);
  await bench.open();
  assert.equal(bench.all("openFailed")[0]?.detail, "opened twice");
  bench.post({ type: "allowHosts", hosts: ["192.0.2.2"] });
  bench.datagram(packet(0), { host: "192.0.2.2", port: 5 });
  assert.equal(bench.all("notice").filter((one) => one.code === "RTP_STRAY").length, 0);
  await bench.stop();
});

for (const [code, expected] of [
  ["EADDRINUSE", "PORT_IN_USE"],
  ["EACCES", "PORT_NOT_PERMITTED"],
  ["EADDRNOTAVAIL", "ADDRESS_NOT_LOCAL"],
  ["EMFILE", "MEDIA_PLANE_FAILED"],
] as const) {
  test(`a start that fails with ${code} is ${expected}`, async () => {
    const bench = new PlaneBench();
    bench.udp.refusals.set(RTP_PORT, code);
    await bench.start();
    assert.equal(bench.all("failed")[0]?.code, expected);
    await bench.stop();
  });
}

test("a live directory that cannot be made is DIRECTORY_NOT_WRITABLE", async () => {
  const bench = new PlaneBench();
  bench.disk.mood = "EACCES";
  await bench.start();
  assert.equal(bench.all("failed")[0]?.code, "DIRECTORY_NOT_WRITABLE");
  bench.disk.heal();
  await bench.stop();
});

test("a smaller receive buffer and a missing RTCP port are notices, not failures", async () => {
  const bench = new PlaneBench();
  bench.udp.grantedBytes = 212_992;
  bench.udp.refusals.set(RTP_PORT + 1, "EADDRINUSE");
  await bench.start();
  assert.equal(bench.all("ready")[0]?.receiveBufferBytes, 212_992);
  const codes = bench.all("notice").map((event) => event.code);
  assert.deepEqual(codes.sort(), ["PORT_IN_USE", "RECEIVE_BUFFER_SMALL"]);
  await bench.open();
  await bench.send(0, 300);
  assert.equal((await bench.close()).samples, 300 * FRAME);
  bench.udp.at(RTP_PORT)?.delegate.onError(systemError("ECONNREFUSED"));
  await bench.stop();
});

test("a call that is cancelled before its files are open is closed and erased", async () => {
  const bench = await new PlaneBench().start();
  bench.disk.mood = "hangs";
  await bench.open();
  bench.post({ type: "close", recordingKey: "rec" });
  bench.post({ type: "erase", recordingKey: "rec" });
  bench.disk.heal();
  await bench.clock.advance(1000);
  assert.deepEqual(
    bench.events.filter((event) => event.type !== "metrics").map((event) => event.type),
    ["ready", "opened", "finished"],
  );
  assert.equal(bench.disk.files.size, 0);
  await bench.stop();
});

test("a range without a free socket for the probe fails the start", async () => {
  const bench = new PlaneBench();
  bench.udp.refusals.set(40_002, "EMFILE");
  await bench.start({ rtp: { range: [20_000, 20_010] } });
  assert.equal(bench.all("failed")[0]?.code, "MEDIA_PLANE_FAILED");
  await bench.plane.close();
  await bench.plane.close();
});
