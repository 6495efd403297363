// The media plane's worker thread: commands in, events out, and how its end is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MediaCommand, MediaEvent, MediaPlane } from "../../../src/ports/index.ts";
import { nodeMediaPlane } from "../../../src/ports/node/media-plane.ts";

const WORKER = new URL("./fixtures/plane-worker.mjs", import.meta.url);

class Events {
  readonly all: MediaEvent[] = [];
  #wake: () => void = () => undefined;
  readonly on = (event: MediaEvent): void => {
    this.all.push(event);
    this.#wake();
  };

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  get types(): string[] {
    return this.all.map(({ type }) => type);
  }
}

function start(url = WORKER): { plane: MediaPlane; events: Events } {
  const events = new Events();
  return { plane: nodeMediaPlane(url)(events.on), events };
}

const START: MediaCommand = {
  type: "start",
  options: {
    bindHost: "127.0.0.1",
    rtp: { port: 0 },
    liveDirectory: "/nowhere",
    receiveBufferBytes: 1,
    pause: { fill: "tone", guardMs: 200 },
    allowedHosts: [],
  },
};

test("events come in order, and an end that was asked for is no failure", async () => {
  const { plane, events } = start();
  plane.post(START);
  plane.post({ type: "stop" });
  await events.until(() => events.types.includes("stopped"));
  await plane.close();
  assert.deepEqual(events.types, ["ready", "stopped"]);
});

test("an exception in the worker is MEDIA_PLANE_FAILED with its stack, once", async () => {
  const { plane, events } = start();
  plane.post({ type: "erase", recordingKey: "k" });
  await events.until(() => events.all.length > 0);
  await plane.close();
  assert.equal(events.all.length, 1);
  const [event] = events.all;
  assert.ok(event?.type === "failed");
  assert.equal(event.code, "MEDIA_PLANE_FAILED");
  assert.match(event.detail, /the plane broke[\s\S]*plane-worker/);
});

test("a worker that exits by itself is MEDIA_PLANE_FAILED", async () => {
  const { plane, events } = start();
  plane.post({ type: "close", recordingKey: "k" });
  await events.until(() => events.all.length > 0);
  assert.deepEqual(events.all, [
    { type: "failed", code: "MEDIA_PLANE_FAILED", detail: "the worker ended with exit code 3" },
  ]);
  await plane.close();
});

test("the plane's own final failure is not followed by another", async () => {
  const { plane, events } = start();
  plane.post({ type: "listen", recordingKey: "k" });
  await events.until(() => events.all.length > 0);
  await plane.close();
  assert.deepEqual(events.all, [{ type: "failed", code: "PORT_IN_USE", detail: "5004" }]);
});

test("a worker file that is not there is MEDIA_PLANE_FAILED", async () => {
  const { plane, events } = start(new URL("./fixtures/absent.mjs", import.meta.url));
  await events.until(() => events.all.length > 0);
  await plane.close();
  assert.deepEqual(events.types, ["failed"]);
});

test("after close nothing is heard any more", async () => {
  const { plane, events } = start();
  plane.post(START);
  await plane.close();
  plane.post({ type: "stop" });
  assert.ok(!events.types.includes("failed"));
});
