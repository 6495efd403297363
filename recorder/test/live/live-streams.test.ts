// Live streams as events: in order, with who is on the call, and which part comes next (R5, R22).
import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveStreams } from "../../src/live/live-streams.ts";
import { LocalBus } from "../../src/live/local-bus.ts";
import type { BusEvent, LiveStream } from "../../src/ports/index.ts";
import { TestClock } from "../sip/fake-ports.ts";

function streamNamed(recordingKey: string, changes: Partial<LiveStream> = {}): LiveStream {
  return {
    ...{ recordingKey, liveStreamId: `s-${recordingKey}`, sipCallId: "77aa", callKey: "call-1" },
    ...{ part: 1, agent: "Ann", extension: "2001", parties: ["+49", "2001"], isPaused: false },
    ...{ beganTimeMs: 0, ...changes },
  };
}

function build() {
  const bus = new LocalBus();
  const told: BusEvent[] = [];
  const subscription = bus.subscribe((event) => told.push(event));
  const types = (): string[] => told.splice(0).map(({ type }) => type);
  return { streams: new LiveStreams(bus, new TestClock()), told, types, subscription };
}

test("a stream that is associated already is told so right after its start", () => {
  const { streams, types } = build();
  streams.news(streamNamed("a"), { type: "associated" });
  assert.deepEqual(types(), [], "nothing is told of a stream that is not up");
  streams.news(streamNamed("a"), { type: "started" }, true);
  streams.news(streamNamed("b"), { type: "started" });
  assert.deepEqual(types(), ["started", "associated", "started"]);
  assert.equal(streams.find("s-b")?.recordingKey, "b");
  assert.equal(streams.find("b")?.liveStreamId, "s-b");
  assert.equal(streams.find("c"), null);
});

test("who is on the call now stays known; the same parties are not told twice", () => {
  const { streams, types, told } = build();
  streams.news(streamNamed("a"), { type: "started" });
  streams.partiesChanged("a", ["+49", "2001", "2002"]);
  streams.partiesChanged("a", ["+49", "2001", "2002"]);
  streams.partiesChanged("other", ["+49"]);
  assert.deepEqual(types(), ["started", "parties-changed"]);
  const edge = { sample: 320, by: "ann", via: "api" };
  streams.news(streamNamed("a", { isPaused: true }), { type: "paused", ...edge });
  const [paused] = told;
  assert.deepEqual(paused, {
    ...{ version: 1, at: "2026-11-22T17:00:01.000Z", type: "paused", ...edge },
    stream: streamNamed("a", { isPaused: true, parties: ["+49", "2001", "2002"] }),
  });
});

test("R22 the end of a part names the part that goes on, if it has begun", () => {
  const { streams, told } = build();
  const end = { type: "ended", reason: "remote-bye", samples: 480 } as const;
  streams.news(streamNamed("a"), { type: "started" });
  streams.news(streamNamed("b", { part: 2, agent: "Bob", extension: "2002" }), { type: "started" });
  streams.news(streamNamed("c", { part: 7, callKey: "call-2" }), { type: "started" });
  told.splice(0);
  streams.news(streamNamed("a"), end);
  streams.news(streamNamed("b", { part: 2 }), end);
  const next = told.map((event) => (event.type === "ended" ? event.next : undefined));
  assert.deepEqual(next, [
    { recordingKey: "b", liveStreamId: "s-b", part: 2, agent: "Bob", extension: "2002" },
    null,
  ]);
  assert.deepEqual(
    streams.list().map(({ recordingKey }) => recordingKey),
    ["c"],
  );
});

test("who has cancelled hears nothing more", () => {
  const { streams, types, subscription } = build();
  subscription.cancel();
  subscription.cancel();
  streams.news(streamNamed("a"), { type: "started" });
  assert.deepEqual(types(), []);
});
