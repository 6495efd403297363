// One bit error in the header of one RTP packet spoils at most that packet: everything else keeps
// its sample, also the one whose number it then has, whichever bit it is and however the packets
// arrive (RFC 3550 A.1: one packet is believed when the next one says the same).
import assert from "node:assert/strict";
import test from "node:test";
import { PlaneBench } from "./plane-bench.ts";
import { FRAME, frame, packet, rtp } from "./rtp-builder.ts";

const HEADER_BITS = 96;
const COUNT = 30;
const SPOILED = 12;
const FIRST_SEQUENCE = 1000;

/** Arrival, in milliseconds after 20 ms a packet: steady, and wandering as on a bad line. */
const ARRIVALS: Readonly<Record<string, (n: number) => number>> = {
  steady: () => 0,
  wandering: (n) => [0, 35, 60, 41, 20, 0, 70, 55, 40, 21][n % 10]!,
};

function flipped(data: Uint8Array, bit: number): Uint8Array {
  const copy = data.slice();
  copy[bit >> 3]! ^= 0x80 >> (bit & 7);
  return copy;
}

async function recorded(
  make: (n: number) => Uint8Array,
  delayMs: (n: number) => number,
): Promise<Uint8Array> {
  const bench = await new PlaneBench().start();
  await bench.open();
  let nowMs = 0;
  for (let n = 0; n < COUNT; n += 1) {
    const dueMs = Math.max(nowMs, n * 20 + delayMs(n));
    await bench.clock.advance(dueMs - nowMs);
    nowMs = dueMs;
    bench.datagram(make(n));
  }
  await bench.close();
  const audio = bench.audio();
  await bench.stop();
  return audio;
}

for (const [name, delayMs] of Object.entries(ARRIVALS)) {
  test(`a bit error in one RTP header moves no other audio (${name} arrival)`, async () => {
    for (let bit = 0; bit < HEADER_BITS; bit += 1) {
      const audio = await recorded((n) => {
        const data = packet(n, { firstSequence: FIRST_SEQUENCE, firstTimestamp: 160_000 });
        return n === SPOILED ? flipped(data, bit) : data;
      }, delayMs);
      for (let n = 0; n < COUNT; n += 1) {
        if (n === SPOILED) continue;
        const piece = audio.subarray(n * FRAME, (n + 1) * FRAME);
        assert.deepEqual(piece, frame(n), `bit ${bit}: frame ${n}`);
      }
    }
  });
}

test("nor does one in number or timestamp among the first packets: those that agree put it right", async () => {
  for (const spoiled of [0, 3]) {
    for (let bit = 16; bit < 64; bit += 1) {
      const audio = await recorded((n) => {
        const data = packet(n, { firstSequence: FIRST_SEQUENCE, firstTimestamp: 160_000 });
        return n === spoiled ? flipped(data, bit) : data;
      }, ARRIVALS["steady"]!);
      for (let n = 0; n < COUNT; n += 1) {
        const piece = audio.subarray(n * FRAME, (n + 1) * FRAME);
        assert.deepEqual(piece, frame(n), `packet ${spoiled}, bit ${bit}: frame ${n}`);
      }
    }
  }
});

test("with a wrong timestamp alone the packet itself keeps its place, by its sequence number", async () => {
  for (const wrongBy of [1, -1, 160, -160, 1440, -1440, 4000, -4000, 100_000, 0x4000_0000]) {
    const audio = await recorded(
      (n) =>
        rtp({
          payload: frame(n),
          sequence: n,
          timestamp: 160_000 + n * FRAME + (n === SPOILED ? wrongBy : 0),
        }),
      () => 0,
    );
    const expected = Array.from({ length: COUNT }, (_, n) => [...frame(n)]).flat();
    assert.deepEqual([...audio.subarray(0, COUNT * FRAME)], expected, `wrong by ${wrongBy}`);
  }
});

test("one wrong in number and timestamp costs none of those behind it, also when they overtake", async () => {
  const timestampOf = (n: number): number => 0x0100_0000 + n * FRAME;
  for (const timestampBy of [0, 1 << 24, -(1 << 24)]) {
    for (const numberBy of [64, 128, 192, -128]) {
      const bench = await new PlaneBench().start();
      await bench.open();
      const order = [11, SPOILED, 14, 13, 15, 16, 18, 17];
      const sent = [...Array.from({ length: 11 }, (_, n) => n), ...order];
      for (const n of sent) {
        const by = n === SPOILED ? 1 : 0;
        const sequence = FIRST_SEQUENCE + n + by * numberBy;
        const timestamp = timestampOf(n) + by * timestampBy;
        bench.datagram(rtp({ payload: frame(n), sequence, timestamp }));
        await bench.clock.advance(20);
      }
      await bench.close();
      const audio = bench.audio();
      await bench.stop();
      for (const n of sent.filter((one) => one !== SPOILED)) {
        const piece = audio.subarray(n * FRAME, (n + 1) * FRAME);
        assert.deepEqual(piece, frame(n), `${numberBy}, ${timestampBy}: frame ${n}`);
      }
    }
  }
});

test("one with the number of the packet that it overtook, on the time of another, has its own place", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  // 13 overtakes 12 and says that it is 12.
  for (const n of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 12, 14, 15, 16]) {
    const sequence = n === 13 ? 12 : n;
    bench.datagram(rtp({ payload: frame(n), sequence, timestamp: n * FRAME }));
    await bench.clock.advance(20);
  }
  await bench.close();
  const audio = bench.audio();
  await bench.stop();
  const expected = Array.from({ length: 17 }, (_, n) => [...frame(n)]).flat();
  assert.deepEqual([...audio], expected);
});

test("a leap in number and timestamp that the next packet follows is meant, as after a long loss", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  const send = async (sequence: number, timestamp: number): Promise<void> => {
    bench.datagram(rtp({ payload: frame(sequence), sequence, timestamp }));
    await bench.clock.advance(20);
  };
  for (let n = 0; n < 10; n += 1) await send(n, n * FRAME);
  await bench.clock.advance(400);
  for (let n = 30; n < 40; n += 1) await send(n, n * FRAME + 12_000_000);
  await bench.close();
  const audio = bench.audio();
  await bench.stop();
  for (let n = 30; n < 40; n += 1) {
    assert.deepEqual(audio.subarray(n * FRAME, (n + 1) * FRAME), frame(n), `frame ${n}`);
  }
});

test("two packets that agree on a jump are followed: the sender speaks again after a silence", async () => {
  for (const silentFrames of [1, 5, 40, 200]) {
    const bench = await new PlaneBench().start();
    await bench.open();
    const send = async (sequence: number, at: number): Promise<void> => {
      bench.datagram(rtp({ payload: frame(sequence), sequence, timestamp: at * FRAME }));
      await bench.clock.advance(20);
    };
    for (let n = 0; n < 10; n += 1) await send(n, n);
    await bench.clock.advance(silentFrames * 20);
    for (let n = 10; n < 20; n += 1) await send(n, n + silentFrames);
    await bench.close();
    const audio = bench.audio();
    for (let n = 0; n < 20; n += 1) {
      const at = (n < 10 ? n : n + silentFrames) * FRAME;
      assert.deepEqual(audio.subarray(at, at + FRAME), frame(n), `${silentFrames}: frame ${n}`);
    }
    await bench.stop();
  }
});
