// Live listeners: what they hear is what is recorded, and a slow one harms only itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveStreamEvent } from "../../src/ports/index.ts";
import { PAST_PATIENCE_MS, PAST_POLL_MS } from "../../src/live/catch-up.ts";
import type { ListenerMessage, ListenerSink } from "../../src/live/listener-queue.ts";
import { LiveListeners, type Listener, type ListenerLimits } from "../../src/live/listeners.ts";
import { LiveFiles } from "../../src/live/recorded-past.ts";
import { Metrics } from "../../src/metrics.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { TestClock } from "../sip/fake-ports.ts";

class TestSink implements ListenerSink {
  readonly messages: ListenerMessage[] = [];
  isBlocked = false;
  onSend: () => void = () => undefined;

  send(message: ListenerMessage): boolean {
    this.onSend();
    if (this.isBlocked) return false;
    this.messages.push(message);
    return true;
  }

  get samples(): number[] {
    return this.messages.flatMap((message) => (message.type === "frame" ? [message.sample] : []));
  }
}

function build(limits: Partial<ListenerLimits> = {}) {
  const metrics = new Metrics();
  const clock = new TestClock();
  const disk = new MemoryDisk();
  const past = new LiveFiles(disk, "/live");
  const wanted: string[] = [];
  const listeners = new LiveListeners(
    { queueMs: 100, perRecording: 3, inAll: 5, ...limits },
    { metrics, clock, past },
    {
      onFirstListener: (key) => wanted.push(`+${key}`),
      onLastListenerLeft: (key) => wanted.push(`-${key}`),
    },
  );
  return { listeners, metrics, wanted, clock, disk };
}

function join(listeners: LiveListeners, key: string, sink: ListenerSink): Listener {
  const added = listeners.add(key, sink);
  assert.ok(added.ok);
  return added;
}

const piece = (sample: number, data: Uint8Array) => ({ sample, data, arrivedMs: null });

const ended = (reason: string, samples = 0) => ({ reason, samples, next: null });

const audio = (length: number, value = 7): Uint8Array => new Uint8Array(length).fill(value);

test("R5: a listener gets a header with the first sample, exact frames, the tail, and the end", () => {
  const { listeners } = build();
  const sink = new TestSink();
  join(listeners, "a", sink);
  listeners.audio("a", piece(100, audio(400)));
  listeners.audio("a", piece(500, audio(30)));
  listeners.ended("a", ended("remote-bye"));
  assert.deepEqual(
    sink.messages.map((message) =>
      message.type === "frame" ? [message.sample, message.data.length] : message.type,
    ),
    ["header", [160, 160], [320, 160], [480, 50], "end"],
  );
  assert.deepEqual(sink.messages[0], {
    type: "header",
    recordingKey: "a",
    firstSample: 160,
    codec: "PCMU",
    sampleRate: 8000,
    frameSamples: 160,
  });
  assert.deepEqual(sink.messages.at(-1), {
    type: "end",
    ...ended("remote-bye"),
    droppedFrames: 0,
  });
});

test("a listener that joins later hears from then on", () => {
  const { listeners, wanted } = build();
  const early = new TestSink();
  const late = new TestSink();
  join(listeners, "a", early);
  listeners.audio("a", piece(0, audio(320)));
  join(listeners, "a", late);
  listeners.audio("a", piece(320, audio(320)));
  assert.deepEqual(early.samples, [0, 160, 320, 480]);
  assert.deepEqual(late.samples, [320, 480]);
  assert.deepEqual(wanted, ["+a"]);
});

test("a slow listener loses its own oldest frames, counted and told with the next frame", () => {
  const { listeners, metrics } = build({ queueMs: 60 });
  const slow = new TestSink();
  const quick = new TestSink();
  const listener = join(listeners, "a", slow);
  join(listeners, "a", quick);
  listeners.audio("a", piece(0, audio(160)));
  slow.isBlocked = true;
  listeners.audio("a", piece(160, audio(160 * 7)));
  assert.equal(metrics.get("listener_frames_dropped_total"), 4);
  slow.isBlocked = false;
  listener.onDrained();
  assert.deepEqual(quick.samples, [0, 160, 320, 480, 640, 800, 960, 1120]);
  assert.deepEqual(slow.samples, [0, 800, 960, 1120]);
  const dropped = slow.messages.map((m) => (m.type === "frame" ? m.droppedFrames : -1));
  assert.deepEqual(dropped, [-1, 0, 4, 0, 0]);
});

test("the end waits behind what a slow listener still has to get", () => {
  const { listeners, metrics } = build();
  const sink = new TestSink();
  const listener = join(listeners, "a", sink);
  sink.isBlocked = true;
  listeners.audio("a", piece(0, audio(320)));
  listeners.ended("a", ended("shutdown"));
  assert.equal(sink.messages.length, 0);
  assert.equal(metrics.get("listeners"), 1);
  sink.isBlocked = false;
  listener.onDrained();
  assert.deepEqual(
    sink.messages.map(({ type }) => type),
    ["header", "frame", "frame", "end"],
  );
  assert.equal(metrics.get("listeners"), 0);
  listener.onDrained();
  assert.equal(metrics.get("listeners"), 0);
});

test("a listener of a recording that had no audio gets header and end", () => {
  const { listeners } = build();
  const sink = new TestSink();
  join(listeners, "a", sink);
  listeners.ended("a", ended("cancelled"));
  assert.deepEqual(
    sink.messages.map(({ type }) => type),
    ["header", "end"],
  );
});

test("limits a recording and in all are refused with a metric", () => {
  const { listeners, metrics } = build();
  for (let index = 0; index < 3; index += 1) join(listeners, "a", new TestSink());
  assert.deepEqual(listeners.add("a", new TestSink()), {
    ok: false,
    refused: "limit-per-recording",
  });
  for (let index = 0; index < 2; index += 1) join(listeners, "b", new TestSink());
  assert.deepEqual(listeners.add("c", new TestSink()), { ok: false, refused: "limit-in-all" });
  assert.equal(metrics.get("listeners_refused_total"), 2);
  assert.equal(metrics.get("listeners"), 5);
  assert.equal(listeners.count("a"), 3);
});

test("audio is wanted from the first listener to the last, once each", () => {
  const { listeners, wanted, metrics } = build();
  const first = join(listeners, "a", new TestSink());
  const second = join(listeners, "a", new TestSink());
  first.leave();
  first.leave();
  assert.deepEqual(wanted, ["+a"]);
  second.leave();
  assert.deepEqual(wanted, ["+a", "-a"]);
  assert.equal(metrics.get("listeners"), 0);
  listeners.audio("a", piece(0, audio(160)));
  listeners.ended("a", ended("remote-bye"));
});

test("nothing is sent to one that has left, not even from within its own send", () => {
  const { listeners } = build();
  const sink = new TestSink();
  const listener = join(listeners, "a", sink);
  sink.onSend = () => {
    if (sink.messages.length === 2) listener.leave();
  };
  listeners.audio("a", piece(0, audio(160 * 5)));
  assert.ok(sink.messages.length <= 3);
  const before = sink.messages.length;
  listeners.audio("a", piece(800, audio(160)));
  listener.onDrained();
  assert.equal(sink.messages.length, before);
});

test("a sink that drains from within send gets each frame once", () => {
  const { listeners } = build();
  const sink = new TestSink();
  const listener = join(listeners, "a", sink);
  sink.onSend = () => listener.onDrained();
  listeners.audio("a", piece(0, audio(160 * 3)));
  assert.deepEqual(sink.samples, [0, 160, 320]);
});

test("close ends every stream, and forgets those that do not listen", () => {
  const { listeners, metrics } = build();
  const sink = new TestSink();
  const deaf = new TestSink();
  deaf.isBlocked = true;
  join(listeners, "a", sink);
  join(listeners, "b", deaf);
  listeners.close("shutdown");
  assert.equal(sink.messages.at(-1)?.type, "end");
  assert.equal(metrics.get("listeners"), 0);
});

// -- From the beginning ------------------------------------------------------------------------

/** Sample s of the recording has the value s modulo 251: a doubled or lost one shows. */
const spoken = (from: number, to: number): Uint8Array =>
  Uint8Array.from({ length: to - from }, (_, index) => (from + index) % 251);

function heardOf(sink: TestSink): Uint8Array {
  const frames = sink.messages.flatMap((message) => (message.type === "frame" ? [message] : []));
  let next = 0;
  for (const { sample, data } of frames) {
    assert.equal(sample, next, "a sample is missing or doubled");
    next = sample + data.length;
  }
  return Buffer.concat(frames.map(({ data }) => data));
}

/** Lets reads of the file come back, and the timers that they set fire. */
async function settle(clock: TestClock, times = 20): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(PAST_POLL_MS);
  }
}

test("R5: from the beginning the file is heard first, then the live frames, each sample once", async () => {
  const { listeners, clock, disk } = build({ queueMs: 5_000 });
  disk.put("/live/a.ul", spoken(0, 40_010));
  const sink = new TestSink();
  assert.ok(listeners.add("a", sink, "beginning").ok);
  listeners.audio("a", piece(40_000, spoken(40_000, 42_000)));
  await settle(clock);
  // The file ends in the middle of what must be there before the live frames.
  disk.put("/live/a.ul", spoken(0, 41_000));
  await settle(clock);
  listeners.audio("a", piece(42_000, spoken(42_000, 43_005)));
  listeners.ended("a", ended("remote-bye", 43_005));
  assert.deepEqual(heardOf(sink), Buffer.from(spoken(0, 43_005)));
  assert.deepEqual(sink.messages[0], {
    ...{ type: "header", recordingKey: "a", firstSample: 0 },
    ...{ codec: "PCMU", sampleRate: 8000, frameSamples: 160 },
  });
  assert.equal(sink.messages.at(-1)?.type, "end");
});

test("R5: a listener in the past that takes little at a time loses nothing, also beyond the end", async () => {
  const { listeners, clock, disk, metrics } = build({ queueMs: 100 });
  disk.put("/live/a.ul", spoken(0, 20_000));
  const sink = new TestSink();
  const added = listeners.add("a", sink, "beginning");
  assert.ok(added.ok);
  sink.isBlocked = true;
  listeners.audio("a", piece(20_000, spoken(20_000, 30_000)));
  listeners.ended("a", ended("local-bye", 30_000));
  disk.put("/live/a.ul", spoken(0, 30_000));
  assert.equal(metrics.get("listeners"), 1);
  sink.isBlocked = false;
  added.onDrained();
  await settle(clock);
  assert.deepEqual(heardOf(sink), Buffer.from(spoken(0, 30_000)));
  assert.equal(sink.messages.at(-1)?.type, "end");
  assert.equal(metrics.get("listener_frames_dropped_total"), 0);
  assert.equal(metrics.get("listeners"), 0);
});

test("R5: a call without audio since the joining is heard from its file to its last sample", async () => {
  const { listeners, clock, disk } = build();
  disk.put("/live/a.ul", spoken(0, 333));
  const sink = new TestSink();
  assert.ok(listeners.add("a", sink, "beginning").ok);
  await settle(clock, 2);
  listeners.ended("a", ended("remote-bye", 333));
  await settle(clock);
  assert.deepEqual(heardOf(sink), Buffer.from(spoken(0, 333)));
});

test("a file that was erased: what is missing is counted, the rest is heard, the end is told", async () => {
  const { listeners, clock, metrics } = build({ queueMs: 100 });
  const sink = new TestSink();
  assert.ok(listeners.add("a", sink, "beginning").ok);
  listeners.audio("a", piece(16_000, spoken(16_000, 16_320)));
  await settle(clock);
  assert.deepEqual(sink.samples, []);
  listeners.ended("a", ended("remote-bye", 16_320));
  await settle(clock);
  assert.deepEqual(sink.samples, [16_000, 16_160]);
  assert.equal(metrics.get("listener_frames_dropped_total"), 100);
  const dropped = sink.messages.map((m) => (m.type === "frame" ? m.droppedFrames : -1));
  assert.deepEqual(dropped, [-1, 100, 0, -1]);
});

test("a disk that hangs is waited for no longer than the patience", async () => {
  const { listeners, clock } = build({ queueMs: 100 });
  const sink = new TestSink();
  assert.ok(listeners.add("a", sink, "beginning").ok);
  listeners.audio("a", piece(1_600, spoken(1_600, 1_760)));
  await settle(clock, PAST_PATIENCE_MS / PAST_POLL_MS - 5);
  assert.deepEqual(sink.samples, []);
  await settle(clock, 10);
  assert.deepEqual(sink.samples, [1_600]);
});

test("audio that begins anew while the past is heard is taken from the file", async () => {
  const { listeners, clock, disk } = build({ queueMs: 5_000 });
  disk.put("/live/a.ul", spoken(0, 16_000));
  const sink = new TestSink();
  assert.ok(listeners.add("a", sink, "beginning").ok);
  // Of an earlier listener, still on its way.
  listeners.audio("a", piece(320, spoken(320, 640)));
  listeners.audio("a", piece(15_840, spoken(15_840, 16_160)));
  await settle(clock);
  assert.deepEqual(heardOf(sink), Buffer.from(spoken(0, 16_160)));
});

test("who leaves while the past is heard hears nothing more", async () => {
  const { listeners, clock, disk, metrics } = build();
  disk.put("/live/a.ul", spoken(0, 160_000));
  const sink = new TestSink();
  const added = listeners.add("a", sink, "beginning");
  assert.ok(added.ok);
  added.leave();
  await settle(clock);
  assert.deepEqual(sink.samples, []);
  assert.equal(metrics.get("listeners"), 0);
});

test("news of the stream go out before the next frame, the newest sixteen", () => {
  const { listeners } = build();
  const sink = new TestSink();
  const listener = join(listeners, "a", sink);
  listeners.audio("a", piece(0, audio(160)));
  sink.isBlocked = true;
  listeners.audio("a", piece(160, audio(160)));
  for (let sample = 0; sample < 20; sample += 1) listeners.tell(paused("a", sample));
  listeners.tell(paused("b", 99));
  sink.isBlocked = false;
  listener.onDrained();
  const told = sink.messages.map((message) =>
    message.type === "news" && message.event.type === "paused"
      ? message.event.sample
      : message.type,
  );
  const newest = Array.from({ length: 16 }, (_, index) => index + 4);
  assert.deepEqual(told, ["header", "frame", ...newest, "frame"]);
});

function paused(recordingKey: string, sample: number): LiveStreamEvent {
  const stream = {
    ...{ recordingKey, liveStreamId: null, sipCallId: "77aa", callKey: null, part: null },
    ...{ agent: null, extension: null, parties: [], isPaused: true, beganTimeMs: 0 },
  };
  const at = "2026-11-23T10:00:00.000Z";
  return { version: 1, at, type: "paused", stream, sample, by: "ann", via: "api" };
}
