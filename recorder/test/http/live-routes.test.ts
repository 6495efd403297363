// R5: live listening over WebSocket.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { LISTEN_REMEDIES } from "../../src/http/listen.ts";
import type { ListenerHeader } from "../../src/live/listener-queue.ts";
import { Site, streamOf, VIEW } from "./fakes.ts";

const PATH = "/api/v1/live/stream-1/audio";
const END = { reason: "remote-bye", samples: 483, next: null };
const HEADER: ListenerHeader = {
  type: "header",
  recordingKey: "key-1",
  firstSample: 320,
  codec: "PCMU",
  sampleRate: 8000,
  frameSamples: 160,
};

/** What a socket has received: JSON as values, frames as bytes. */
class Received {
  readonly messages: unknown[] = [];
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      this.messages.push(isBinary ? [...data] : JSON.parse(data.toString("utf8")));
    });
  }

  async count(wanted: number): Promise<unknown[]> {
    while (this.messages.length < wanted) await once(this.#socket, "message");
    return this.messages;
  }
}

function listening() {
  const noted = { drained: 0, stopped: 0 };
  return {
    noted,
    joined: {
      ok: true,
      stream: streamOf(VIEW),
      onDrained: () => void (noted.drained += 1),
      stop: () => void (noted.stopped += 1),
    },
  } as const;
}

async function join(site: Site) {
  let received: Received | null = null;
  const socket = await site.server.app.injectWS(
    PATH,
    { headers: site.headers("supervisor") },
    { onInit: (made) => void (received = new Received(made)) },
  );
  assert.ok(received !== null);
  return { socket, received: received as Received };
}

/** Over a real socket. */
async function connect(site: Site): Promise<WebSocket> {
  const port = await site.server.listen("127.0.0.1", 0);
  const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}`, {
    headers: site.headers("supervisor"),
  });
  await once(socket, "open");
  return socket;
}

test("R5 first a header, then frames: big-endian sample offset and µ-law", async (context) => {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  const { joined, noted } = listening();
  site.api.listening = joined;
  const { socket, received } = await join(site);
  const sink = await site.api.listener;
  assert.equal(sink.send(HEADER), true);
  const data = new Uint8Array([1, 2, 3]);
  assert.equal(
    sink.send({ type: "frame", sample: 0x01020304, data, droppedFrames: 0, arrivedMs: null }),
    true,
  );
  assert.equal(
    sink.send({ type: "frame", sample: 480, data, droppedFrames: 7, arrivedMs: null }),
    true,
  );
  assert.deepEqual(await received.count(4), [
    { version: 1, ...HEADER, frameOffsetBytes: 4, stream: streamOf(VIEW) },
    [1, 2, 3, 4, 1, 2, 3],
    { version: 1, type: "dropped", frames: 7 },
    [0, 0, 1, 224, 1, 2, 3],
  ]);
  assert.ok(noted.drained > 0);
  const closed = once(socket, "close");
  assert.equal(sink.send({ type: "end", ...END, droppedFrames: 2 }), true);
  const [code, reason] = await closed;
  assert.deepEqual([code, String(reason)], [1000, "remote-bye"]);
  assert.deepEqual(received.messages.at(-1), {
    version: 1,
    type: "end",
    ...END,
    droppedFrames: 2,
  });
  assert.deepEqual(site.api.deeds(), ["listen stream-1 ok", "listen-end stream-1 remote-bye"]);
  const [began, ended] = site.api.audited;
  assert.equal(began?.by, "supervisor's");
  assert.equal(began?.detail, "websocket, now");
  assert.equal(ended?.detail, "websocket, 2 frames sent, 7 dropped");
  assert.equal(ended?.durationMs, 0);
});

test("who leaves is taken off the recording; what comes later is dropped", async (context) => {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  const { joined, noted } = listening();
  const stopped = Promise.withResolvers<void>();
  site.api.listening = {
    ...joined,
    stop: () => {
      joined.stop();
      stopped.resolve();
    },
  };
  const socket = await connect(site);
  const sink = await site.api.listener;
  socket.close();
  await stopped.promise;
  assert.equal(noted.stopped, 1);
  assert.equal(sink.send(HEADER), true);
});

for (const [code, closeCode] of [
  ["not-found", 4404],
  ["limit-per-recording", 4503],
  ["limit-in-all", 4503],
] as const) {
  test(`who may not listen is told ${code}, then ${closeCode}`, async (context) => {
    const site = await Site.open(context);
    if (code !== "not-found") site.api.active = [VIEW];
    site.api.listening = { ok: false, code };
    let received: Received | null = null;
    const closed = Promise.withResolvers<number>();
    await site.server.app.injectWS(
      PATH,
      { headers: site.headers("manager") },
      {
        onInit: (made) => {
          received = new Received(made);
          made.on("close", (given: number) => closed.resolve(given));
        },
      },
    );
    assert.equal(await closed.promise, closeCode);
    assert.deepEqual((received as Received | null)?.messages, [
      { version: 1, type: "refused", code, remedy: LISTEN_REMEDIES[code] },
    ]);
    assert.equal(site.api.audited.at(-1)?.result, code);
  });
}

test("without a key, or with an agent's, there is no socket", async (context) => {
  const site = await Site.open(context);
  site.api.listening = listening().joined;
  await assert.rejects(site.server.app.injectWS(PATH), /401/);
  await assert.rejects(site.server.app.injectWS(PATH, { headers: site.headers("agent") }), /403/);
  assert.deepEqual(site.api.deeds(), ["refused GET /api/v1/live/stream-1/audio forbidden"]);
});

test("a stream outside of the key's scope is not there", async (context) => {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  site.api.listening = listening().joined;
  const closed = Promise.withResolvers<number>();
  await site.server.app.injectWS(
    PATH,
    { headers: site.headers(await site.scoped("manager", "2002")) },
    { onInit: (made) => void made.on("close", (given: number) => closed.resolve(given)) },
  );
  assert.equal(await closed.promise, 4404);
  assert.deepEqual(site.api.deeds(), ["listen stream-1 not-found"]);
});

test("asked without an upgrade to WebSocket: 426", async (context) => {
  const site = await Site.open(context);
  assert.deepEqual(await site.refusal("GET", PATH), [426, "upgrade-required", PATH]);
});

test("the recordings that can be listened to are listed", async (context) => {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  assert.deepEqual((await site.ask("GET", "/api/v1/live")).body, { streams: [VIEW] });
});

test("R5 a slow socket takes no more until it has drained; closing waits for nobody", async (context) => {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  const { joined } = listening();
  const drained = Promise.withResolvers<void>();
  let isFull = false;
  site.api.listening = { ...joined, onDrained: () => void (isFull && drained.resolve()) };
  const socket = await connect(site);
  socket.pause();
  const sink = await site.api.listener;
  const data = new Uint8Array(64 * 1024);
  let taken = 0;
  while (sink.send({ type: "frame", sample: taken, data, droppedFrames: 0, arrivedMs: null })) {
    taken += 1;
    assert.ok(taken < 10_000, "the socket takes without end");
  }
  isFull = true;
  assert.equal(sink.send(HEADER), false);
  socket.resume();
  await drained.promise;
  assert.equal(sink.send(HEADER), true);
  const closed = once(socket, "close");
  socket.pause();
  await site.server.close();
  socket.resume();
  await closed;
});
