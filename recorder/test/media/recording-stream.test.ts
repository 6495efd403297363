// One recording's stream by itself (design.md §5): packets in, bytes, gaps and figures out. Each
// frame is told by its number, so a list of numbers is what the file would hold.
import assert from "node:assert/strict";
import test from "node:test";
import { ALAW_TO_ULAW } from "../../src/audio/g711.ts";
import type { MediaStart, StreamRestoration } from "../../src/media/packet-placement.ts";
import {
  HOLD_FILL_AFTER_MS,
  HOLD_FILL_LAG_MS,
  RecordingStream,
} from "../../src/media/recording-stream.ts";
import type { Address } from "../../src/ports/index.ts";
import { START_HOLD_MS } from "../../src/media/start-hold.ts";
import { makeRtpHeader, readRtpHeader } from "../../src/rtp/packet.ts";
import { FRAME, frame, packet, type PacketDefaults, range, rtp } from "./rtp-builder.ts";

const SOURCE: Address = { host: "192.0.2.1", port: 4000 };
const NEGOTIATION = {
  remote: SOURCE,
  signallingHost: SOURCE.host,
  payloadTypes: { pcmu: 0, pcma: 8, telephoneEvent: 101, comfortNoise: 13 },
  expectsMedia: true,
};
/** Silence, in lists of frames. */
const FILL = -1;

class Bench {
  readonly starts: MediaStart[] = [];
  readonly out: number[] = [];
  overflows = 0;
  takes = true;
  readonly stream: RecordingStream;

  constructor(restoration: StreamRestoration | null = null) {
    const pause = { fill: "silence", guardMs: 0 } as const;
    this.stream = new RecordingStream(
      { pause, negotiation: NEGOTIATION, restoration },
      {
        onMedia: (start) => this.starts.push(start),
        onAudio: (fromSample, bytes) => {
          assert.equal(fromSample, this.#base + this.out.length);
          if (this.takes) this.out.push(...bytes);
          return this.takes;
        },
        onFill: (fromSample, samples) => {
          assert.equal(fromSample, this.#base + this.out.length);
          assert.ok(samples > 0 && samples <= 8000, `a piece of ${samples}`);
          for (let index = 0; index < samples; index += 1) this.out.push(0xff);
        },
        onOverflow: () => (this.overflows += 1),
      },
    );
    this.#base = restoration?.samples ?? 0;
  }

  readonly #base: number;

  take(data: Uint8Array, nowMs: number, source = SOURCE): void {
    const header = makeRtpHeader();
    assert.equal(readRtpHeader(data, header), null);
    this.stream.onPacket(data, header, { source, nowMs });
  }

  /** Frames of a stream, each 20 ms after the one before. */
  frames(
    numbers: readonly number[],
    of: PacketDefaults & { readonly delayMs?: number } = {},
  ): void {
    const { delayMs = 0 } = of;
    for (const n of numbers) this.take(packet(n, of), 1000 + n * 20 + delayMs);
  }

  /** Whole frames that left, by number. */
  left(): number[] {
    const numbers: number[] = [];
    for (let at = 0; at < this.out.length; at += FRAME) {
      const bytes = this.out.slice(at, at + FRAME);
      numbers.push(bytes.every((byte) => byte === 0xff) ? FILL : numberOf(bytes));
    }
    return numbers;
  }

  closed(nowMs: number): number[] {
    this.stream.close(nowMs);
    return this.left();
  }

  gaps(): [number, number, string][] {
    return this.stream
      .drainGaps()
      .map(({ fromSample, samples, cause }) => [fromSample / FRAME, samples / FRAME, cause]);
  }

  /** Figures that are not 0. */
  figures(): Record<string, number> {
    const { packetsLost, packetsLate, packetsDuplicate, packetsStray } = this.stream.statistics(0);
    const all = { packetsLost, packetsLate, packetsDuplicate, packetsStray };
    return Object.fromEntries(Object.entries(all).filter(([, count]) => count !== 0));
  }
}

// Later frames look like these.
const KNOWN = new Map(range(0, 57).map((n) => [frame(n).join(), n]));

function numberOf(bytes: readonly number[]): number {
  return KNOWN.get(bytes.join()) ?? assert.fail(`no frame: ${bytes.slice(0, 8).join()}`);
}

test("nothing has begun before the first audio; then it says where the audio comes from", () => {
  const bench = new Bench();
  const { stream } = bench;
  assert.deepEqual([stream.hasBegun, stream.hasMedia, stream.reception], [false, false, null]);
  assert.deepEqual([stream.end, stream.samples, stream.ssrcs], [0, 0, []]);
  assert.equal(stream.lastPacketMs, Number.NEGATIVE_INFINITY);
  bench.frames(range(0, 5), { firstSequence: 70, firstTimestamp: 5000 });
  assert.deepEqual([stream.hasBegun, stream.hasMedia, stream.ssrcs], [false, true, [0xabcd]]);
  bench.frames([5], { firstSequence: 70, firstTimestamp: 5000 });
  assert.equal(stream.hasBegun, true, "100 ms after the first");
  assert.deepEqual(bench.starts, [
    {
      ...{ source: SOURCE, ssrc: 0xabcd, payloadType: 0, sample: 0 },
      ...{ rtpTimestamp: 5000, rtpSequence: 70, arrivalMs: 1000 },
    },
  ]);
  assert.deepEqual(stream.reception?.address, SOURCE);
  assert.deepEqual([stream.end, stream.lastPacketMs], [6 * FRAME, 1100]);
  assert.deepEqual(bench.closed(1120), range(0, 6));
});

test("digits, comfort noise, unknown types and empty packets before the audio begin nothing", () => {
  const bench = new Bench();
  const empty = new Uint8Array(0);
  bench.take(rtp({ payload: frame(0), sequence: 1, timestamp: 0, payloadType: 101 }), 900);
  bench.take(rtp({ payload: frame(0), sequence: 2, timestamp: 0, payloadType: 13 }), 910);
  bench.take(rtp({ payload: empty, sequence: 3, timestamp: 0 }), 920);
  assert.deepEqual([bench.stream.ssrcs, bench.figures()], [[], {}]);
  bench.take(rtp({ payload: frame(0), sequence: 4, timestamp: 0, payloadType: 77 }), 930);
  assert.deepEqual([bench.stream.ssrcs, bench.figures()], [[], { packetsStray: 1 }]);
  bench.frames(range(0, 8));
  assert.deepEqual(bench.closed(1200), range(0, 8));
});

test("PCMA is written as µ-law, packet by packet", () => {
  const bench = new Bench();
  bench.frames(range(0, 8), { payloadType: 8 });
  bench.stream.close(1200);
  const expected = range(0, 8).flatMap((n) => [...frame(n)].map((code) => ALAW_TO_ULAW[code]));
  assert.deepEqual(bench.out, expected);
  assert.equal(bench.starts[0]?.payloadType, 8);
});

test("what is no audio between packets is numbered, and neither written nor lost", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.take(rtp({ payload: frame(0), sequence: 10, timestamp: 1600, payloadType: 101 }), 1200);
  bench.take(rtp({ payload: frame(0), sequence: 11, timestamp: 1760, payloadType: 77 }), 1220);
  bench.frames(range(12, 20));
  assert.deepEqual(bench.closed(1400), [...range(0, 10), FILL, FILL, ...range(12, 20)]);
  assert.deepEqual(bench.gaps(), [[10, 2, "hold"]]);
  assert.deepEqual(bench.figures(), { packetsStray: 1 });
});

test("lost packets are one gap; a duplicate is counted and changes nothing", () => {
  const bench = new Bench();
  bench.frames([...range(0, 10), 9, 9, ...range(13, 20)]);
  assert.deepEqual(bench.closed(1400), [...range(0, 10), FILL, FILL, FILL, ...range(13, 20)]);
  assert.deepEqual(bench.gaps(), [[10, 3, "loss"]]);
  assert.deepEqual(bench.figures(), { packetsLost: 3, packetsDuplicate: 2 });
});

test("an overtaken packet finds its place; one that comes after its place has left is late", () => {
  const bench = new Bench();
  bench.frames([...range(0, 10), 11, 12, 10, ...range(13, 20), 21, 22]);
  bench.stream.commit(1400 + 300);
  assert.deepEqual(bench.left(), [...range(0, 20), FILL, 21, 22]);
  bench.take(packet(20), 1750);
  assert.deepEqual(bench.gaps(), [[20, 1, "late"]]);
  bench.frames([23]);
  assert.deepEqual(bench.closed(1480), [...range(0, 20), FILL, ...range(21, 24)]);
  assert.deepEqual(bench.figures(), { packetsLate: 1 });
});

test("a young hole keeps back what follows it for 200 ms", () => {
  const bench = new Bench();
  bench.frames([...range(0, 10), 11]);
  bench.stream.commit(1220 + 199);
  assert.equal(bench.left().length, 10);
  bench.stream.commit(1220 + 200);
  assert.deepEqual(bench.left(), [...range(0, 10), FILL, 11]);
});

test("a number far off is kept until the next one proves it; alone, with its time, it is a stray", () => {
  const restarted = new Bench();
  restarted.frames(range(0, 10));
  restarted.frames(range(10, 20), { firstSequence: 30_000 });
  assert.deepEqual(restarted.closed(1400), range(0, 20));
  assert.deepEqual(restarted.figures(), {});
  const lone = new Bench();
  lone.frames(range(0, 10));
  lone.frames([10], { firstSequence: 30_000, firstTimestamp: 500_000 });
  lone.frames([11], { firstSequence: 40_000, firstTimestamp: 900_000 });
  lone.frames(range(10, 20));
  assert.deepEqual(lone.closed(1400), range(0, 20));
  assert.deepEqual(lone.figures(), { packetsStray: 2 });
});

test("a number that leaps without its timestamp is a bit error: the packet stands in its time", () => {
  for (const leap of [16, 64, 100, 256, 3000, 30_000]) {
    const bench = new Bench();
    bench.frames(range(0, 10));
    bench.frames([10], { firstSequence: leap });
    bench.frames(range(11, 20));
    assert.deepEqual(bench.closed(1400), range(0, 20), `${leap}`);
    assert.deepEqual([bench.gaps(), bench.figures()], [[], {}], `${leap}`);
  }
});

test("a packet whose number one with a bit error had taken is no duplicate of it", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  // Number 14, spoken tenth.
  bench.frames([10], { firstSequence: 4 });
  bench.frames([12, 11, 13, 14, 14, 15, 16, 17, 18, 19]);
  assert.deepEqual(bench.closed(1400), range(0, 20));
  assert.deepEqual(bench.gaps(), []);
  assert.equal(bench.figures()["packetsDuplicate"], 1, "the second 14 is one");
});

test("an overtaken packet whose timestamp lies far ahead stands by its number: no hours of fill", () => {
  const bench = new Bench();
  bench.frames([...range(0, 10), 11]);
  const timestamp = 10 * FRAME + 0x1000_0000;
  bench.take(rtp({ payload: frame(10), sequence: 10, timestamp }), 1225);
  bench.frames(range(12, 20));
  assert.deepEqual(bench.closed(1400), range(0, 20));
  assert.deepEqual([bench.gaps(), bench.figures()], [[], {}]);
});

test("a packet whose number and timestamp both lie in the future is a stray", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.take(rtp({ payload: frame(10), sequence: 74, timestamp: 10 * FRAME + 0x1000_0000 }), 1200);
  bench.frames(range(11, 20));
  bench.stream.commit(1300);
  bench.stream.close(1400);
  assert.equal(bench.stream.samples, 20 * FRAME);
  assert.equal(bench.figures()["packetsStray"], 1);
});

test("of two behind a long loss that agree on a jump of seconds the first has its place, too", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.frames(range(30, 40), { firstTimestamp: 21_690 });
  const lost = Array.from({ length: 20 }, () => FILL);
  assert.deepEqual(bench.closed(1800), [...range(0, 10), ...lost, ...range(30, 40)]);
  assert.equal(bench.starts.at(-1)?.rtpSequence, 30);
  assert.deepEqual(bench.figures(), { packetsLost: 20 });
});

test("a timestamp that jumps alone is placed by its number, after 60 ms or with the next packet", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.take(rtp({ payload: frame(10), sequence: 10, timestamp: 10 * FRAME + 4000 }), 1200);
  assert.equal(bench.stream.end, 10 * FRAME, "it waits");
  bench.stream.commit(1259);
  assert.equal(bench.stream.end, 10 * FRAME);
  bench.stream.commit(1260);
  assert.equal(bench.stream.end, 11 * FRAME);
  bench.frames([11]);
  bench.take(rtp({ payload: frame(12), sequence: 12, timestamp: 99 }), 1240);
  bench.frames(range(13, 20));
  assert.deepEqual(bench.closed(1400), range(0, 20));
  assert.deepEqual([bench.gaps(), bench.figures()], [[], {}]);
});

test("two packets that agree on a jump are followed, and a new base is told", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.frames(range(10, 20), { firstTimestamp: 1_000_000 });
  assert.deepEqual(bench.closed(1400), range(0, 20));
  assert.deepEqual(
    bench.starts.map(({ sample, rtpTimestamp, rtpSequence }) => [
      sample,
      rtpTimestamp,
      rtpSequence,
    ]),
    [
      [0, 0, 0],
      [10 * FRAME, 1_000_000 + 10 * FRAME, 10],
    ],
  );
});

test("another source of the same SSRC is told; the same one named anew is not", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.take(packet(10), 1200, { ...SOURCE });
  assert.equal(bench.starts.length, 1);
  const moved = { host: "192.0.2.1", port: 4002 };
  bench.take(packet(11), 1220, moved);
  bench.take(packet(12), 1240, { host: "192.0.2.2", port: 4002 });
  assert.deepEqual(
    bench.starts.map(({ source, sample }) => [source.host, source.port, sample / FRAME]),
    [
      ["192.0.2.1", 4000, 0],
      ["192.0.2.1", 4002, 11],
      ["192.0.2.2", 4002, 12],
    ],
  );
});

test("a new SSRC takes over with two packets in a row; the old one's late packets still land", () => {
  const bench = new Bench();
  bench.frames([...range(0, 9)]);
  bench.frames(range(10, 14), { ssrc: 7, firstSequence: 500, firstTimestamp: 90_000 });
  assert.deepEqual(bench.stream.ssrcs, [0xabcd, 7]);
  bench.stream.commit(1000 + 10 * 20 + START_HOLD_MS - 1);
  assert.equal(bench.stream.reception?.source.ssrc, 0xabcd);
  bench.stream.commit(1000 + 10 * 20 + START_HOLD_MS);
  assert.deepEqual(bench.stream.ssrcs, [7, 0xabcd]);
  assert.equal(bench.stream.reception?.source.ssrc, 7);
  bench.take(packet(9), 1290);
  bench.take(packet(9), 1291);
  bench.frames(range(14, 20), { ssrc: 7, firstSequence: 500, firstTimestamp: 90_000 });
  assert.deepEqual(bench.closed(1400), range(0, 20));
  assert.deepEqual(bench.gaps(), []);
  assert.deepEqual(bench.figures(), { packetsDuplicate: 1 });
  assert.deepEqual(
    bench.starts.map(({ ssrc, sample }) => [ssrc, sample / FRAME]),
    [
      [0xabcd, 0],
      [7, 10],
    ],
  );
});

test("the first packet of a new SSRC keeps its place and time, whatever overtook it", () => {
  for (const others of [
    [11, 12],
    [11, 12, 13],
  ]) {
    const bench = new Bench();
    const next = { ssrc: 7, firstSequence: 500, firstTimestamp: 90_000 };
    bench.frames(range(0, 10));
    bench.frames(others, next);
    bench.take(packet(10, next), 1275);
    bench.frames(range(others.at(-1)! + 1, 20), next);
    assert.deepEqual(bench.closed(1400), range(0, 20));
    assert.deepEqual(bench.gaps(), []);
    assert.deepEqual(bench.starts.at(-1), {
      ...{ source: SOURCE, ssrc: 7, payloadType: 0, sample: 10 * FRAME },
      ...{ rtpTimestamp: 91_600, rtpSequence: 510, arrivalMs: 1275 },
    });
  }
});

test("an SSRC that begins with comfort noise is placed when its audio comes", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  for (const n of [10, 11]) bench.take(packet(n, { ssrc: 7, payloadType: 13 }), 1000 + n * 20);
  bench.frames([30, 31], { ssrc: 7 });
  const silence = Array.from({ length: 20 }, () => FILL);
  assert.deepEqual(bench.closed(1640), [...range(0, 10), ...silence, 30, 31]);
  assert.deepEqual(bench.gaps(), [[10, 20, "ssrc"]]);
});

test("R21: what waits for its order is in the recording before a pause begins", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.frames(range(10, 12), { ssrc: 7 });
  assert.equal(bench.stream.pause(), 12 * FRAME);
  bench.frames(range(12, 20), { ssrc: 7 });
  const paused = Array.from({ length: 8 }, () => FILL);
  assert.deepEqual(bench.closed(1400), [...range(0, 12), ...paused]);
});

test("a single packet of another SSRC, or one of an unknown type, is a stray", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.take(packet(3, { ssrc: 7 }), 1190);
  bench.take(packet(4, { ssrc: 8, payloadType: 77 }), 1195);
  bench.frames(range(10, 20));
  assert.deepEqual(bench.closed(1400), range(0, 20));
  assert.deepEqual(bench.figures(), { packetsStray: 2 });
});

test("R21: what is paused leaves as fill, and is no gap; the pause begins at the next sample", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  assert.equal(bench.stream.pause(), 10 * FRAME);
  assert.equal(bench.stream.pause(), null);
  bench.frames([10, 12, 13]);
  const span = bench.stream.resume(1000 + 13 * 20);
  assert.deepEqual(span, { fromSample: 10 * FRAME, toSample: 14 * FRAME });
  assert.equal(bench.stream.resume(2000), null);
  bench.frames(range(14, 20));
  const fill = [FILL, FILL, FILL, FILL];
  assert.deepEqual(bench.closed(1400), [...range(0, 10), ...fill, ...range(14, 20)]);
  assert.deepEqual(bench.gaps(), []);
});

test("a pause before the hold at the start is over fixes sample 0", () => {
  const bench = new Bench();
  bench.frames(range(0, 3));
  assert.equal(bench.stream.pause(), 3 * FRAME);
  assert.equal(bench.stream.hasBegun, true);
});

test("more than 200 ms without audio before the end are a tail; less are not", () => {
  const tailOf = (silenceMs: number): [number, unknown] => {
    const bench = new Bench();
    bench.frames(range(0, 10));
    const frames = bench.closed(1000 + 180 + silenceMs);
    return [frames.length, bench.gaps()];
  };
  assert.deepEqual(tailOf(200), [10, []]);
  assert.deepEqual(tailOf(220), [21, [[10, 11, "tail"]]]);
});

test("without a packet there is no tail, and nothing at all", () => {
  const bench = new Bench();
  assert.deepEqual([bench.closed(99_000), bench.gaps(), bench.figures()], [[], [], {}]);
});

test("after 10 s of silence the file follows the clock, 5 s behind it", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  const lastMs = 1180;
  bench.stream.commit(lastMs + HOLD_FILL_AFTER_MS - 1);
  assert.equal(bench.stream.end, 10 * FRAME);
  bench.stream.commit(lastMs + HOLD_FILL_AFTER_MS);
  const endMs = HOLD_FILL_AFTER_MS - HOLD_FILL_LAG_MS;
  assert.equal(bench.stream.end, 10 * FRAME + endMs * 8);
  assert.equal(bench.out.length, bench.stream.end);
  bench.stream.commit(lastMs + HOLD_FILL_AFTER_MS + 4999);
  assert.equal(bench.stream.end, 10 * FRAME + endMs * 8, "in steps of 5 s");
  bench.stream.commit(lastMs + HOLD_FILL_AFTER_MS + 5000);
  assert.equal(bench.stream.end, 10 * FRAME + (endMs + 5000) * 8);
  assert.deepEqual(bench.gaps(), [[10, 500, "hold"]]);
});

test("audio that the disk does not take becomes fill, a gap and a call of onOverflow", () => {
  const bench = new Bench();
  bench.frames(range(0, 10));
  bench.stream.commit(1200);
  bench.takes = false;
  bench.frames(range(10, 12));
  bench.stream.commit(1240);
  bench.takes = true;
  bench.frames(range(12, 14));
  assert.deepEqual(bench.closed(1280), [...range(0, 10), FILL, FILL, 12, 13]);
  assert.deepEqual([bench.gaps(), bench.overflows], [[[10, 2, "overflow"]], 1]);
});

test("flushing lets all that came leave, also what the start holds or a jump keeps", () => {
  const held = new Bench();
  held.frames(range(0, 2));
  held.stream.flush();
  assert.deepEqual(held.left(), [0, 1]);
  const jump = new Bench();
  jump.frames(range(0, 10));
  jump.take(rtp({ payload: frame(10), sequence: 10, timestamp: 10 * FRAME + 4000 }), 1200);
  jump.stream.flush();
  assert.deepEqual(jump.left(), range(0, 11));
});

const RESTORED: StreamRestoration = {
  samples: 30 * FRAME,
  anchor: { sample: 25 * FRAME, timestamp: 25 * FRAME, atMs: 1000 + 25 * 20 },
  ssrc: 0xabcd,
  sequence: 25,
  lines: [],
};

test("after a restart the same SSRC goes on by its timestamps, with the hole before as restart", () => {
  const bench = new Bench(RESTORED);
  assert.deepEqual([bench.stream.end, bench.stream.samples], [30 * FRAME, 30 * FRAME]);
  bench.frames(range(40, 50), { delayMs: 35 });
  const frames = bench.closed(1000 + 50 * 20);
  assert.deepEqual(frames, [...range(30, 40).map(() => FILL), ...range(40, 50)]);
  assert.deepEqual(bench.gaps(), [[30, 10, "restart"]]);
});

test("after a restart another SSRC is placed by the clock", () => {
  const bench = new Bench(RESTORED);
  bench.frames(range(40, 50), { ssrc: 9, firstTimestamp: 1_000_000 });
  assert.equal(bench.starts[0]?.sample, 40 * FRAME);
  assert.deepEqual(bench.closed(1000 + 50 * 20).slice(-10), range(40, 50));
});

test("a call that was heard by nobody before the restart begins where its file ends", () => {
  const bench = new Bench({ ...RESTORED, anchor: null, ssrc: null, sequence: null });
  assert.equal(bench.stream.end, 30 * FRAME);
  bench.frames(range(40, 50));
  assert.deepEqual(bench.closed(1000 + 50 * 20), range(40, 50));
  assert.deepEqual(bench.gaps(), []);
});
