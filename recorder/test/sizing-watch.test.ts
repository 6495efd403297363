// R16 at run time: the warning comes before VCM channels or bandwidth run out, once, and goes
// again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SizingWatch } from "../src/sizing-watch.ts";

const LIMITS = { vcmChannels: 20, uplinkBitsPerSecond: 1_000_000, warnAtPercent: 80 };

function load(calls: number, recordings: number, queued = 0) {
  return [{ pbx: "192.0.2.1", calls, recordings, queued }];
}

test("R16 the sum of an IP Office nears its channels: told once, with the sum", () => {
  const watch = new SizingWatch({ ...LIMITS, uplinkBitsPerSecond: null });
  assert.deepEqual(watch.push(load(10, 5), 5).news, []);
  const { news, figures } = watch.push(load(10, 5, 1), 5);
  assert.equal(figures.vcmChannelsNeeded, 16);
  assert.deepEqual(news, [
    {
      code: "VCM_SHORT",
      subject: "192.0.2.1",
      isShort: true,
      isExhausted: false,
      detail: "IP Office 192.0.2.1: 10 calls + 5 recordings + 1 queued = 16 of 20 VCM channels",
    },
  ]);
  assert.deepEqual(watch.push(load(10, 6, 1), 6).news, [], "told already");
});

test("it is over only well below the share at which it came", () => {
  const watch = new SizingWatch({ ...LIMITS, uplinkBitsPerSecond: null });
  watch.push(load(10, 10), 10);
  assert.deepEqual(watch.push(load(8, 8), 8).news, []);
  const [news] = watch.push(load(7, 8), 8).news;
  assert.deepEqual([news?.isShort, news?.code], [false, "VCM_SHORT"]);
  const [again] = watch.push(load(10, 10), 10).news;
  assert.deepEqual([again?.isShort, again?.isExhausted], [true, true]);
});

test("each IP Office has channels of its own; the line is shared", () => {
  const watch = new SizingWatch(LIMITS);
  const two = [...load(5, 5), { pbx: "192.0.2.2", calls: 9, recordings: 9, queued: 0 }];
  const { news, figures } = watch.push(two, 14);
  assert.deepEqual(
    news.map(({ code, subject, isExhausted }) => [code, subject, isExhausted]),
    [
      ["VCM_SHORT", "192.0.2.2", false],
      ["BANDWIDTH_SHORT", "uplink", true],
    ],
  );
  assert.deepEqual(figures, { vcmChannelsNeeded: 18, bandwidthBitsPerSecond: 14 * 87_200 });
});

test("what is not configured is not watched, but measured", () => {
  const watch = new SizingWatch({ vcmChannels: 0, uplinkBitsPerSecond: null, warnAtPercent: 80 });
  const { news, figures } = watch.push(load(1_000, 1_000), 1_000);
  assert.deepEqual([news, figures.vcmChannelsNeeded], [[], 2_000]);
});
