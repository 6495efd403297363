// Live listeners: what they hear is what is recorded, and a slow one harms only itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListenerMessage, ListenerSink } from "../../src/live/listener-queue.ts";
import { LiveListeners, type Listener, type ListenerLimits } from "../../src/live/listeners.ts";
import { Metrics } from "../../src/metrics.ts";

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
  const wanted: string[] = [];
  const listeners = new LiveListeners(
    { queueMs: 100, perRecording: 3, inAll: 5, ...limits },
    metrics,
    {
      onFirstListener: (key) => wanted.push(`+${key}`),
      onLastListenerLeft: (key) => wanted.push(`-${key}`),
    },
  );
  return { listeners, metrics, wanted };
}

function join(listeners: LiveListeners, key: string, sink: ListenerSink): Listener {
  const added = listeners.add(key, sink);
  assert.ok(added.ok);
  return added;
}

const audio = (length: number, value = 7): Uint8Array => new Uint8Array(length).fill(value);

test("R5: a listener gets a header with the first sample, exact frames, the tail, and the end", () => {
  const { listeners } = build();
  const sink = new TestSink();
  join(listeners, "a", sink);
  listeners.audio("a", 100, audio(400));
  listeners.audio("a", 500, audio(30));
  listeners.ended("a", "remote-bye");
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
  assert.deepEqual(sink.messages.at(-1), { type: "end", reason: "remote-bye", droppedFrames: 0 });
});

test("a listener that joins later hears from then on", () => {
  const { listeners, wanted } = build();
  const early = new TestSink();
  const late = new TestSink();
  join(listeners, "a", early);
  listeners.audio("a", 0, audio(320));
  join(listeners, "a", late);
  listeners.audio("a", 320, audio(320));
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
  listeners.audio("a", 0, audio(160));
  slow.isBlocked = true;
  listeners.audio("a", 160, audio(160 * 7));
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
  listeners.audio("a", 0, audio(320));
  listeners.ended("a", "shutdown");
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
  listeners.ended("a", "cancelled");
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
  listeners.audio("a", 0, audio(160));
  listeners.ended("a", "remote-bye");
});

test("nothing is sent to one that has left, not even from within its own send", () => {
  const { listeners } = build();
  const sink = new TestSink();
  const listener = join(listeners, "a", sink);
  sink.onSend = () => {
    if (sink.messages.length === 2) listener.leave();
  };
  listeners.audio("a", 0, audio(160 * 5));
  assert.ok(sink.messages.length <= 3);
  const before = sink.messages.length;
  listeners.audio("a", 800, audio(160));
  listener.onDrained();
  assert.equal(sink.messages.length, before);
});

test("a sink that drains from within send gets each frame once", () => {
  const { listeners } = build();
  const sink = new TestSink();
  const listener = join(listeners, "a", sink);
  sink.onSend = () => listener.onDrained();
  listeners.audio("a", 0, audio(160 * 3));
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
