// The queue before a recording's stream: order, times and bytes are kept, and it never holds back
// what must be known at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  PACKET_QUEUE_BYTES,
  PacketQueue,
  type PacketArrival,
} from "../../src/media/packet-queue.ts";
import { makeRtpHeader, readRtpHeader, type RtpHeader } from "../../src/rtp/packet.ts";
import { packet } from "./rtp-builder.ts";

const ONE = { host: "192.0.2.1", port: 10_000 };
const OTHER = { host: "192.0.2.1", port: 10_002 };

interface Taken {
  readonly data: Uint8Array;
  readonly sequence: number;
  readonly payloadEnd: number;
  readonly source: PacketArrival["source"];
  readonly nowMs: number;
}

function bench(hasBegun = true) {
  const taken: Taken[] = [];
  const taker = {
    hasBegun,
    onPacket(data: Uint8Array, header: RtpHeader, from: PacketArrival) {
      const { sequence, payloadEnd } = header;
      taken.push({ data: data.slice(), sequence, payloadEnd, ...from });
    },
  };
  const queue = new PacketQueue(taker);
  const header = makeRtpHeader();
  const push = (data: Uint8Array, source = ONE, nowMs = 0): void => {
    assert.equal(readRtpHeader(data, header), null);
    queue.push(data, header, { source, nowMs });
  };
  return { taken, taker, queue, push };
}

test("packets wait until they are asked for, then come in order with their bytes and times", () => {
  const { taken, queue, push } = bench();
  const packets = Array.from({ length: 12 }, (_, index) => packet(index));
  packets.forEach((data, index) => push(data, ONE, 1000.125 + index * 20));
  assert.equal(taken.length, 0);
  queue.settle();
  assert.deepEqual(
    taken,
    packets.map((data, index) => ({
      data: new Uint8Array(data),
      sequence: index,
      payloadEnd: data.length,
      source: ONE,
      nowMs: 1000.125 + index * 20,
    })),
  );
  queue.settle();
  assert.equal(taken.length, 12, "each once");
});

test("until the recording has begun, each packet is taken at once", () => {
  const { taken, taker, queue, push } = bench(false);
  push(packet(0));
  assert.equal(taken.length, 1);
  taker.hasBegun = true;
  push(packet(1));
  assert.equal(taken.length, 1);
  queue.settle();
  assert.equal(taken.length, 2);
});

test("a packet from another source does not wait with those before it", () => {
  const { taken, queue, push } = bench();
  push(packet(0), ONE);
  push(packet(1), OTHER);
  assert.deepEqual(
    taken.map(({ source }) => source),
    [ONE],
  );
  queue.settle();
  assert.deepEqual(
    taken.map(({ source }) => source),
    [ONE, OTHER],
  );
});

test("the datagram's buffer may be used again at once", () => {
  const { taken, queue, push } = bench();
  const data = packet(7);
  const before = data.slice();
  push(data);
  data.fill(0);
  queue.settle();
  assert.deepEqual(taken[0]?.data, new Uint8Array(before));
});

test("however long packets are, none is lost and the queue stays within its bytes", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 2036 }), { maxLength: 60 });
  fc.assert(
    fc.property(lengths, (payloadBytes) => {
      const { taken, queue, push } = bench();
      let mostWaiting = 0;
      payloadBytes.forEach((bytes, sequence) => {
        const data = new Uint8Array(12 + bytes).fill(sequence);
        data[0] = 0x80;
        data[1] = 0;
        data[2] = sequence >> 8;
        data[3] = sequence & 0xff;
        push(data, ONE, sequence);
        mostWaiting = Math.max(mostWaiting, sequence + 1 - taken.length);
      });
      assert.ok(mostWaiting * 12 <= PACKET_QUEUE_BYTES);
      queue.settle();
      assert.deepEqual(
        taken.map(({ sequence, payloadEnd, nowMs }) => [sequence, payloadEnd, nowMs]),
        payloadBytes.map((bytes, sequence) => [sequence, 12 + bytes, sequence]),
      );
    }),
    { numRuns: 100 },
  );
});

test("a lane takes plain packets of its source and SSRC in their order, and nothing else", () => {
  const { taken, queue, push } = bench();
  assert.equal(queue.pushPlain(packet(0), ONE, 0), false, "no lane yet");
  push(packet(0), ONE, 0);
  queue.openLane(ONE, 0x01020304);
  const of = (index: number, ssrc = 0x01020304): Uint8Array => packet(index, { ssrc });
  assert.equal(queue.pushPlain(of(1), ONE, 20), true);
  assert.equal(queue.pushPlain(of(2, 5), ONE, 40), false, "another SSRC");
  assert.equal(queue.pushPlain(of(2), OTHER, 40), false, "another source");
  const withExtension = of(2).slice();
  withExtension[0] = 0x90;
  assert.equal(queue.pushPlain(withExtension, ONE, 40), false, "an extension");
  assert.equal(queue.pushPlain(of(2).subarray(0, 12), ONE, 40), false, "no payload");
  const senderReport = of(2).slice();
  senderReport[1] = 200;
  assert.equal(queue.pushPlain(senderReport, ONE, 40), false, "RTCP");
  assert.equal(queue.pushPlain(of(2), ONE, 41.5), true);
  assert.equal(queue.lastArrivalMs, 41.5);
  queue.closeLane();
  assert.equal(queue.pushPlain(of(3), ONE, 60), false, "closed");
  queue.settle();
  assert.deepEqual(
    taken.map(({ sequence, nowMs }) => [sequence, nowMs]),
    [
      [0, 0],
      [1, 20],
      [2, 41.5],
    ],
  );
});

test("a lane is opened only behind a packet of that source, once the stream has begun", () => {
  const { queue, push } = bench();
  queue.openLane(ONE, 1);
  assert.equal(queue.pushPlain(packet(0, { ssrc: 1 }), ONE, 0), false, "nothing was heard");
  push(packet(0, { ssrc: 1 }), ONE);
  queue.openLane(OTHER, 1);
  assert.equal(queue.pushPlain(packet(1, { ssrc: 1 }), OTHER, 0), false, "not its source");
  const early = bench(false);
  early.push(packet(0, { ssrc: 1 }), ONE);
  early.queue.openLane(ONE, 1);
  assert.equal(early.queue.pushPlain(packet(1, { ssrc: 1 }), ONE, 0), false, "not begun");
});
