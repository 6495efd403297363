// R16: the sum of VCM channels, cards that reach it, bandwidth, storage, platforms.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  cardsFor,
  parseBitRate,
  size,
  SIZING_DEFAULTS,
  VCM_LIMIT_CHANNELS,
  type SizingInput,
} from "../src/sizing.ts";

function load(changes: Partial<SizingInput> = {}): SizingInput {
  const base = { calls: 20, recordings: 10, queued: 5, uplinkBitsPerSecond: null };
  return { ...base, ...SIZING_DEFAULTS, ...changes };
}

test("R16 channels needed = active calls + simultaneous recordings + queued calls", () => {
  const { vcm } = size(load());
  assert.equal(vcm.needed, 35);
  assert.equal(vcm.sum, "20 calls + 10 recordings + 5 queued = 35");
  assert.equal(vcm.isWithinLimit, true);
});

test("R16 cards: each choice reaches the sum; none has a card too many", () => {
  assert.deepEqual(cardsFor(35), [
    { vcm64: 1, vcm32: 0, combination: 0, channels: 64, spare: 29 },
    { vcm64: 0, vcm32: 1, combination: 1, channels: 42, spare: 7 },
    { vcm64: 0, vcm32: 2, combination: 0, channels: 64, spare: 29 },
  ]);
  assert.deepEqual(cardsFor(10), [
    { vcm64: 0, vcm32: 0, combination: 1, channels: 10, spare: 0 },
    { vcm64: 0, vcm32: 1, combination: 0, channels: 32, spare: 22 },
  ]);
  assert.deepEqual(cardsFor(VCM_LIMIT_CHANNELS), [
    { vcm64: 2, vcm32: 0, combination: 2, channels: 148, spare: 0 },
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (needed) => {
      const choices = cardsFor(needed);
      assert.equal(choices.length > 0, needed <= VCM_LIMIT_CHANNELS);
      for (const { vcm64, vcm32, combination, channels, spare } of choices) {
        assert.equal(channels, 64 * vcm64 + 32 * vcm32 + 10 * combination);
        assert.equal(spare, channels - needed);
        assert.ok(spare >= 0 && vcm64 + vcm32 <= 2 && combination <= 2);
        const without = [vcm64 && 64, vcm32 && 32, combination && 10].filter((card) => card > 0);
        for (const card of without) assert.ok(channels - card < needed, "a card too many");
      }
    }),
  );
});

test("beyond 148 channels no cards reach it, and the remedy is told", () => {
  const { vcm, warnings, platforms } = size(load({ calls: 100, recordings: 60 }));
  assert.deepEqual([vcm.needed, vcm.isWithinLimit, vcm.cards], [165, false, []]);
  assert.match(warnings.join(), /165 VCM channels are 17 more .* Record fewer calls/);
  assert.equal(platforms[0]?.fits, false);
  assert.deepEqual(platforms[0]?.remarks, [
    "60 recordings, at most 40",
    "165 VCM channels, at most 148",
  ]);
});

test("bandwidth at payload, IP and Ethernet level; whether the uplink carries it", () => {
  const { bandwidth } = size(load({ recordings: 500, uplinkBitsPerSecond: 20_000_000 }));
  assert.equal(bandwidth.payloadBitsPerSecond, 32_000_000);
  assert.equal(bandwidth.ipBitsPerSecond, 40_000_000);
  assert.equal(bandwidth.ethernetBitsPerSecond, 43_600_000);
  assert.equal(bandwidth.packetsPerSecond, 25_000);
  assert.deepEqual(bandwidth.uplink, {
    bitsPerSecond: 20_000_000,
    carries: false,
    spareBitsPerSecond: -23_600_000,
    maximumRecordings: 229,
  });
  const most = size(load({ recordings: 229, uplinkBitsPerSecond: 20_000_000 }));
  assert.equal(most.bandwidth.uplink?.carries, true);
  assert.equal(size(load()).bandwidth.uplink, null);
});

test("storage a day as .ul (8,000 bytes a second, R13) and as .spx", () => {
  const { storage } = size(load({ recordings: 10, hoursPerDay: 8 }));
  assert.equal(storage.ulBytesPerDay, 10 * 8 * 3600 * 8000);
  assert.equal(storage.spxBytesPerDay, (10 * 8 * 3600 * 15_600) / 8);
  assert.ok(size(load({ quality: 4 })).storage.spxBytesPerDay < storage.spxBytesPerDay);
});

test("platforms: their recording channels and calls", () => {
  const fits = (calls: number, recordings: number): string[] =>
    size(load({ calls, recordings, queued: 0 }))
      .platforms.filter((platform) => platform.fits)
      .map(({ platform }) => platform);
  assert.equal(fits(40, 40).length, 5);
  assert.deepEqual(fits(600, 75)[0], "Server Edition R260");
  assert.deepEqual(fits(300, 251), ["Select, the solution"]);
  assert.deepEqual(fits(600, 501), []);
  const direct = size(load({ calls: 129, recordings: 1, queued: 0 })).platforms[1];
  assert.match(direct?.remarks.join() ?? "", /only with direct media: 128/);
});

test("more recordings than calls is told as a doubt; nothing at all needs nothing", () => {
  assert.match(size(load({ calls: 1, recordings: 2 })).warnings.join(), /Check the two numbers/);
  const none = size(load({ calls: 0, recordings: 0, queued: 0, uplinkBitsPerSecond: 1 }));
  assert.deepEqual([none.vcm.cards, none.warnings], [[], []]);
  assert.equal(none.bandwidth.uplink?.carries, true);
});

test("bit rates as people write them", () => {
  const rates = {
    "20M": 20e6,
    "512k": 512e3,
    "1G": 1e9,
    "2.5M": 2.5e6,
    "20Mbit/s": 20e6,
    64000: 64e3,
  };
  for (const [text, bits] of Object.entries(rates)) assert.equal(parseBitRate(text), bits);
  for (const text of ["", "M", "-1M", "0", "20X", "1e9", "99999G"]) {
    assert.equal(parseBitRate(text), null, text);
  }
});
