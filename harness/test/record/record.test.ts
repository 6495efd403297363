// What a run leaves for reports and checkers: the record of its files, the result's recordings, the
// evidence, and a capture without paused voice (formats.md; design.md §5, "Pause").
import assert from "node:assert/strict";
import { test } from "node:test";
import { findFrameTags } from "@tapeline/simulator/pbx";
import type { Environment } from "../../src/environment/environment.ts";
import { Observations } from "../../src/environment/observations.ts";
import { evidenceOf } from "../../src/record/evidence.ts";
import { legOf, pausedSpans, placeFrames } from "../../src/record/leg-audio.ts";
import { withoutPausedAudio } from "../../src/record/mask-capture.ts";
import { recordingResults } from "../../src/record/results.ts";
import { collect, type RunRecord } from "../../src/record/run-record.ts";
import { play } from "../../src/run-scenario.ts";
import { VirtualEnvironment } from "../../src/virtual/virtual-environment.ts";
import { BUSY } from "../checkers/spoiled-run.ts";

const KEY = "3e1c0a52-6a0a-4f5e-9f4e-0f6a3c8d1b2e-1767600003000";

/** An environment that is nothing but files. */
function filesOnly(files: Readonly<Record<string, string>>): Environment {
  const list = (directory: string): string[] =>
    Object.keys(files).filter((path) => path.startsWith(`${directory}/`));
  const environment: Partial<Environment> = {
    mode: "virtual",
    scenario: BUSY,
    observations: new Observations(),
    directories: { live: "/live", pools: ["/one", "/two"], state: "/state", log: "/log" },
    files: {
      list: (directory) => Promise.resolve(list(directory)),
      read: (path) => Promise.resolve(new TextEncoder().encode(files[path] ?? "")),
    },
    fates: [],
    recorderLog: () => Promise.resolve([]),
    pbx: {
      truth: { conversations: [], vcm: [], refusals: [] },
      violations: () => [],
    } as unknown as Environment["pbx"],
  };
  return environment as Environment;
}

const END = { listeners: [], catalog: [], leftovers: [] };

test("recordings are put together from live directory and pools; everything else is litter", async () => {
  const header = '{"type":"header","sample":0}\n';
  const record = await collect(
    filesOnly({
      [`/live/${KEY}.ul`]: "audio",
      [`/live/${KEY}.vrtx`]: header,
      [`/two/2026/01/05/${KEY}.vrtx`]: `${header}{"type":"stored","sample":0}\n`,
      [`/two/2026/01/05/${KEY}.spx`]: "speex",
      [`/two/2026/01/05/${KEY}.hold`]: "",
      [`/one/2026/01/05/${KEY}.spx.part`]: "half",
      "/live/readme.txt": "stray",
      "/state/calls.jsonl": '{"version":1}\n\n{"version":1,"type":"discard"}\n',
    }),
    END,
  );
  assert.equal(record.recordings.length, 1);
  const [recording] = record.recordings;
  assert.equal(recording?.recordingKey, KEY);
  assert.equal(recording.isInProgress, false);
  assert.deepEqual(
    recording.journal.map(({ type }) => type),
    ["header"],
  );
  const [copy] = recording.stored;
  assert.equal(copy?.drive, 1);
  assert.equal(new TextDecoder().decode(copy.spx ?? undefined), "speex");
  assert.deepEqual(
    copy.journal.map(({ type }) => type),
    ["header", "stored"],
  );
  assert.deepEqual(record.litter.toSorted(), [
    "/live/readme.txt",
    `/one/2026/01/05/${KEY}.spx.part`,
  ]);
  assert.equal(record.calls.length, 2);
});

test("a recording in progress, and one of which only audio is there, are recordings too", async () => {
  const later = KEY.replace("3000", "4000");
  const files = { [`/live/${KEY}.tmpvrtx`]: "", [`/live/${later}.ul`]: "audio" };
  const { recordings } = await collect(filesOnly(files), END);
  assert.deepEqual(
    recordings.map(({ isInProgress, audio }) => [isInProgress, audio?.length ?? null]),
    [
      [true, null],
      [false, 5],
    ],
  );
  const results = recordingResults({ recordings } as unknown as RunRecord);
  assert.deepEqual(results[1], {
    ...{ recordingKey: later, outcome: "unfinished", why: null, samples: 5 },
    ...{ part: null, callKey: null, gapMs: null, loss: 0, mos: null },
  });
});

const environment = await VirtualEnvironment.start({ scenario: BUSY, seed: "r", trace: "full" });
const record = await play(environment);

test("the result lists outcome, part, loss and quality of each recording", () => {
  const [alice, bob] = recordingResults(record);
  assert.equal(alice?.outcome, "ok");
  assert.equal(alice.part, 1);
  assert.equal(alice.loss, 0);
  assert.ok(Number(alice.mos) > 4);
  assert.ok(bob !== undefined && bob.loss > 0 && bob.loss < 0.2);
  assert.equal(bob.samples, record.recordings[1]?.audio?.length);
});

test("no packet of the capture holds voice that was paused, and all others are whole (R21)", () => {
  const [paused] = record.recordings;
  assert.ok(paused !== undefined);
  const leg = legOf(record, paused);
  assert.ok(leg !== null);
  const [span] = pausedSpans(paused);
  assert.ok(span !== undefined);
  const { placed } = placeFrames(record, leg, paused);
  const isPaused = (sample: number): boolean => sample + 160 > span.from && sample < span.to;
  const masked = withoutPausedAudio(environment.packets, record);
  assert.equal(masked.length, environment.packets.length);
  const heard = new Set(
    masked
      .flatMap(({ data }) => findFrameTags(data.subarray(12)))
      .filter(({ tag }) => tag.leg === leg.leg)
      .map(({ tag }) => tag.frame),
  );
  assert.deepEqual(
    [...heard],
    placed.filter(({ sample }) => !isPaused(sample)).map(({ frame }) => frame.tag.frame),
  );
  assert.ok(heard.size < placed.length);
});

test("a run without a pause keeps every packet as it was", () => {
  const recordings = record.recordings.slice(1);
  const unpaused = { ...record, recordings, pauses: [] };
  const masked = withoutPausedAudio(environment.packets, unpaused);
  const isSame = masked.every(({ data }, index) => {
    return Buffer.compare(data, environment.packets[index]?.data ?? new Uint8Array()) === 0;
  });
  assert.ok(isSame && masked.length === environment.packets.length);
});

test("of a call that was paused and whose recording is lost nothing is kept (R21)", () => {
  const [lost, ...recordings] = record.recordings;
  assert.ok(lost !== undefined);
  const leg = legOf(record, lost)?.leg;
  const tags = withoutPausedAudio(environment.packets, { ...record, recordings }).flatMap(
    ({ data }) => findFrameTags(data.subarray(12)),
  );
  assert.ok(tags.length > 0);
  assert.ok(tags.every(({ tag }) => tag.leg !== leg));
});

test("the evidence is a ladder in order, a track a recording with its spans, and notes", () => {
  const { ladder, tracks, notes } = evidenceOf(environment, record);
  const times = ladder.map(({ atMs }) => atMs);
  assert.equal(Math.min(...times, ...notes.map(({ atMs }) => atMs)), 0);
  assert.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
  );
  assert.ok((times.at(-1) ?? Infinity) < 60_000);
  for (const title of ["INVITE", "200 OK", "ACK", "BYE"]) {
    assert.ok(
      ladder.some((message) => message.title === title),
      title,
    );
  }
  assert.ok(ladder.some(({ protocol, from }) => protocol === "devlink3" && from === "Recorder"));
  assert.ok(ladder.some(({ title }) => /^RTP \d+ packets/.test(title)));
  assert.match(tracks[0]?.title ?? "", /^Part 1, .*: ok$/);
  assert.match(tracks[1]?.title ?? "", /^Part 1, .*: degraded$/);
  const kinds = tracks.map(({ spans }) => new Set(spans.map(({ kind }) => kind)));
  assert.ok(kinds[0]?.has("pause") && kinds[0].has("talking"));
  assert.ok(kinds[1]?.has("gap"));
  const [pause] = tracks[0]?.spans.filter(({ kind }) => kind === "pause") ?? [];
  assert.ok(pause !== undefined && pause.toSample > pause.fromSample + 8_000);
  assert.ok(notes.some(({ text }) => text.includes("pause")));
});

test("a pause from sample 0 on is of all that was lost before the first packet, too (R21)", () => {
  const [first, ...others] = record.recordings;
  assert.ok(first !== undefined);
  const leg = legOf(record, first);
  const later = leg?.frames[20];
  assert.ok(leg !== null && later !== undefined);
  const journal = first.journal.map((line) => {
    if (line.type === "media") {
      return { ...line, rtpTimestamp: later.timestamp, rtpSequence: later.sequence };
    }
    return line.type === "pause" ? { ...line, fromSample: 0 } : line;
  });
  const kept = (recording: typeof first): number[] => {
    const whole = { ...record, recordings: [recording, ...others] };
    return withoutPausedAudio(environment.packets, whole)
      .flatMap(({ data }) => findFrameTags(data.subarray(12)))
      .filter(({ tag }) => tag.leg === leg.leg && tag.frame < 20)
      .map(({ tag }) => tag.frame);
  };
  assert.deepEqual(kept({ ...first, journal }), []);
  assert.equal(kept(first).length, 20);
});
