// Audio over HTTP: Speex as stored, WAV with a correct head, ranges, all of a call in one; each
// export audited (design.md §6; domain.md).
import assert from "node:assert/strict";
import { test } from "node:test";
import { RecorderError } from "../../src/errors.ts";
import { WAV_HEADER_BYTES, WAV_MAXIMUM_SAMPLES } from "../../src/http/wav.ts";
import { audioOf, ROW, Site, VIEW } from "./fakes.ts";

const URL_1 = "/api/v1/recordings/key-1/audio";

async function get(site: Site, url: string, range?: string) {
  const headers = { ...site.headers("supervisor"), ...(range === undefined ? {} : { range }) };
  const response = await site.server.app.inject({ url, headers });
  return { status: response.statusCode, headers: response.headers, bytes: response.rawPayload };
}

/** Fields of a WAV's head, and its samples. */
function parseWav(bytes: Buffer) {
  const samples: number[] = [];
  for (let at = WAV_HEADER_BYTES; at < bytes.length; at += 2) samples.push(bytes.readInt16LE(at));
  return {
    tags: [bytes.toString("latin1", 0, 4), bytes.toString("latin1", 8, 16)],
    riffBytes: bytes.readUInt32LE(4),
    format: [16, 20, 22, 24, 28, 32, 34].map((at) =>
      at === 16 || at === 24 || at === 28 ? bytes.readUInt32LE(at) : bytes.readUInt16LE(at),
    ),
    dataTag: bytes.toString("latin1", 36, 40),
    dataBytes: bytes.readUInt32LE(40),
    samples,
  };
}

test("the stored Speex file, audited; by the vendor's path too", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  for (const url of [URL_1, `/rest${URL_1}`, `${URL_1}?format=spx`]) {
    const { status, headers, bytes } = await get(site, url);
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "audio/ogg");
    assert.equal(headers["content-length"], "3");
    assert.equal(headers["accept-ranges"], "bytes");
    assert.match(String(headers["content-disposition"]), /filename="key-1\.spx"/);
    assert.deepEqual([...bytes], [1, 2, 3]);
  }
  assert.deepEqual(site.api.deeds(), Array(3).fill("export key-1 ok"));
  const [entry] = site.api.audited;
  assert.deepEqual([entry?.by, entry?.role, entry?.detail], ["supervisor's", "supervisor", "spx"]);
});

test("WAV: a correct head, and every sample", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  site.api.audio = () => audioOf(1_000);
  const { status, headers, bytes } = await get(site, `${URL_1}?format=wav`);
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "audio/wav");
  const wav = parseWav(bytes);
  assert.deepEqual(wav.tags, ["RIFF", "WAVEfmt "]);
  assert.equal(wav.riffBytes, bytes.length - 8);
  assert.deepEqual(wav.format, [16, 1, 1, 8_000, 16_000, 2, 16]);
  assert.deepEqual([wav.dataTag, wav.dataBytes], ["data", 2_000]);
  assert.deepEqual(
    wav.samples,
    Array.from({ length: 1_000 }, (_, index) => index),
  );
});

test("any range of a WAV is that part of the whole", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  site.api.audio = () => audioOf(500);
  const url = `${URL_1}?format=wav`;
  const whole = (await get(site, url)).bytes;
  for (const [first, last] of [
    [0, 0],
    [0, 43],
    [40, 50],
    [44, 45],
    [45, 46],
    [101, 332],
    [1_043, 1_043],
    [1_040, 9_999],
  ] as const) {
    const { status, headers, bytes } = await get(site, url, `bytes=${first}-${last}`);
    assert.equal(status, 206);
    const end = Math.min(last + 1, whole.length);
    assert.equal(headers["content-range"], `bytes ${first}-${end - 1}/${whole.length}`);
    assert.deepEqual(bytes, whole.subarray(first, end), `${first}-${last}`);
  }
  const beyond = await get(site, url, "bytes=1044-");
  assert.deepEqual([beyond.status, beyond.headers["content-range"]], [416, "bytes */1044"]);
});

test("a range of the Speex file", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  const { status, headers, bytes } = await get(site, URL_1, "bytes=1-");
  assert.deepEqual([status, [...bytes]], [206, [2, 3]]);
  assert.equal(headers["content-range"], "bytes 1-2/3");
  assert.equal(site.api.audited[0]?.detail, "spx bytes=1-");
});

test("a long file goes out piece by piece, and is closed after the last", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  let closedCount = 0;
  const longest = { bytes: 0 };
  site.api.audio = () => ({
    ...audioOf(5_000_000),
    readSamples: (from, to) => {
      longest.bytes = Math.max(longest.bytes, (to - from) * 2);
      return Promise.resolve(new Int16Array(to - from).fill(7));
    },
    close: () => Promise.resolve(void (closedCount += 1)),
  });
  const { status, bytes } = await get(site, `${URL_1}?format=wav`);
  assert.deepEqual([status, bytes.length], [200, 10_000_044]);
  assert.ok(longest.bytes <= 4 * 1024 * 1024 + 2);
  assert.equal(bytes.readInt16LE(9_999_999), 7 * 256);
  assert.equal(closedCount, 1);
});

test("all parts of a call in one, in order; Speex streams in a row", async (context) => {
  const site = await Site.open(context);
  const second = { ...ROW, recordingKey: "key-2", part: 2, extension: "2002" };
  site.api.rows = [second, ROW];
  site.api.unstored = [{ ...ROW, recordingKey: "key-3", part: 3, pool: null }];
  site.api.audio = ({ recordingKey }) => {
    const number = Number(recordingKey.at(-1));
    return {
      ...audioOf(number * 10, new Uint8Array(number).fill(number)),
      readSamples: (from, to) => Promise.resolve(new Int16Array(to - from).fill(number)),
    };
  };
  const url = "/rest/api/v1/calls/call-1/audio";
  const wav = parseWav((await get(site, url)).bytes);
  assert.deepEqual(wav.samples, [
    ...Array<number>(10).fill(1),
    ...Array<number>(20).fill(2),
    ...Array<number>(30).fill(3),
  ]);
  const spx = await get(site, `${url}?format=spx`, "bytes=0-3");
  assert.deepEqual([...spx.bytes], [1, 2, 2, 3]);
  assert.deepEqual(site.api.deeds(), Array(2).fill("export call-1 ok"));
  const who = await site.scoped("supervisor", "2002");
  const own = await site.ask("GET", url, who);
  assert.equal(own.response.rawPayload.length, WAV_HEADER_BYTES + 40);
  const stranger = await site.scoped("supervisor", "2009");
  assert.deepEqual(await site.refusal("GET", url, stranger), [404, "not-found", url]);
});

test("409 while it is recorded, or not compressed; 404 where there is no audio", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  site.api.active = [VIEW];
  const live = "/api/v1/recordings/key-live/audio";
  assert.deepEqual(await site.refusal("GET", live), [409, "still-recording", live]);
  const call = "/api/v1/calls/call-live/audio";
  assert.deepEqual(await site.refusal("GET", call), [409, "still-recording", call]);
  site.api.audio = () => audioOf(10);
  assert.deepEqual(await site.refusal("GET", URL_1), [409, "not-compressed", "format"]);
  site.api.audio = () => audioOf(WAV_MAXIMUM_SAMPLES + 1);
  const wav = `${URL_1}?format=wav`;
  assert.deepEqual(await site.refusal("GET", wav), [409, "too-long", "format"]);
  site.api.audio = () => null;
  for (const url of [URL_1, wav]) {
    assert.deepEqual(await site.refusal("GET", url), [404, "not-found", url]);
  }
  const flac = `${URL_1}?format=flac`;
  assert.deepEqual(await site.refusal("GET", flac), [400, "bad-query", "format"]);
});

test("a failure is audited as one; busy decoding is 503 with a time to wait", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  site.api.audio = () => new RecorderError("EXPORTS_BUSY", "others");
  const { status, response } = await site.ask("GET", URL_1);
  assert.deepEqual([status, response.headers["retry-after"]], [503, "10"]);
  assert.deepEqual(site.api.deeds(), ["export key-1 failed"]);
});

test("RFC 9110 §13.1.5: an If-Range that nothing can fulfil takes the range away", async (context) => {
  const site = await Site.open(context);
  site.api.rows = [ROW];
  const answer = await site.server.app.inject({
    url: URL_1,
    headers: { ...site.headers("supervisor"), range: "bytes=0-0", "if-range": '"old"' },
  });
  assert.deepEqual([answer.statusCode, answer.rawPayload.length], [200, 3]);
});
