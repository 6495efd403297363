// R5: live events over WebSocket: all streams first, then what happens, within the key's scope;
// bounded for each follower. And the small print of the audio socket: timing, pings, the window.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import { STUCK_LIMIT_MS, WINDOW_FRAMES } from "../../src/http/audio-socket.ts";
import { EVENTS_LIMIT, EVENTS_PING_MS } from "../../src/http/event-socket.ts";
import type { BusEvent } from "../../src/ports/index.ts";
import { Site, streamOf, VIEW } from "./fakes.ts";

type Message = Readonly<Record<string, unknown>>;

class Follower {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  frames = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.frames += 1;
      else this.messages.push(JSON.parse(data.toString()) as Message);
    });
  }

  /** Over a real socket. */
  static async connect(
    site: Site,
    path: string,
    who: Parameters<Site["headers"]>[0] = "supervisor",
    options: { readonly autoPong?: boolean } = {},
  ): Promise<Follower> {
    const address = site.server.app.server.address();
    const port =
      typeof address === "object" && address !== null
        ? address.port
        : await site.server.listen("127.0.0.1", 0);
    const headers = site.headers(who);
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers, ...options });
    const follower = new Follower(socket);
    await once(socket, "open");
    return follower;
  }

  async count(wanted: number): Promise<readonly Message[]> {
    while (this.messages.length < wanted) await once(this.socket, "message");
    return this.messages;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.socket, "message");
  }
}

async function open(context: TestContext): Promise<Site> {
  const site = await Site.open(context);
  site.api.active = [VIEW];
  return site;
}

function event(extension: string | null, parties: readonly string[] = []): BusEvent {
  const stream = { ...streamOf(VIEW), extension, parties };
  return { version: 1, at: "2026-11-23T10:00:00.000Z", type: "parties-changed", stream };
}

test("all streams first, then each event; a scoped key sees its own", async (context) => {
  const site = await open(context);
  const all = await Follower.connect(site, "/api/v1/live");
  const scoped = await site.scoped("supervisor", "2002");
  const own = await Follower.connect(site, "/api/v1/live", scoped);
  const [first] = await all.count(1);
  assert.deepEqual(first?.["streams"], [streamOf(VIEW)]);
  assert.deepEqual([first?.["type"], first?.["missed"], first?.["version"]], ["streams", 0, 1]);
  assert.deepEqual((await own.count(1))[0]?.["streams"], []);
  site.api.live.bus.publish(event("2001"));
  site.api.live.bus.publish(event("2002"));
  assert.deepEqual((await all.count(3)).slice(1), [event("2001"), event("2002")]);
  assert.deepEqual((await own.count(2)).slice(1), [event("2002")]);
  assert.equal(site.api.metrics.get("live_event_subscribers"), 2);
  const closed = once(own.socket, "close");
  own.socket.close();
  await closed;
  while (site.api.metrics.get("live_event_subscribers") > 1) await new Promise(setImmediate);
});

test("a follower that is slow gets all streams anew, with how many events it missed", async (context) => {
  const site = await open(context);
  const slow = await Follower.connect(site, "/api/v1/live");
  await slow.count(1);
  slow.socket.pause();
  const long = Array.from({ length: 200 }, (_, index) => `party ${index} ${"x".repeat(200)}`);
  let published = 0;
  while (site.api.metrics.get("live_events_missed_total") === 0) {
    site.api.live.bus.publish(event("2001", long));
    published += 1;
    if (published % 50 === 0) await new Promise(setImmediate);
    assert.ok(published < 100_000, "nothing is ever missed");
  }
  slow.socket.resume();
  await slow.until(() => slow.messages.some(({ missed }) => Number(missed) > EVENTS_LIMIT));
});

test("a follower that does not answer pings is let go", async (context) => {
  const site = await open(context);
  const dead = await Follower.connect(site, "/api/v1/live", "supervisor", { autoPong: false });
  await dead.count(1);
  const closed = once(dead.socket, "close");
  site.clock.advance(EVENTS_PING_MS);
  site.clock.advance(EVENTS_PING_MS);
  await closed;
});

test("who may not follow, or asks wrongly, is refused before the upgrade", async (context) => {
  const site = await open(context);
  await assert.rejects(site.server.app.injectWS("/api/v1/live"), /401/);
  const agent = { headers: site.headers("agent") };
  await assert.rejects(site.server.app.injectWS("/api/v1/live", agent), /403/);
  const headers = { headers: site.headers("supervisor") };
  const wrong = site.server.app.injectWS("/api/v1/live/stream-1/audio?from=never", headers);
  await assert.rejects(wrong, /400/);
});

test("R5 a listener that answers no pings takes a window of frames, then it is stuck and let go", async (context) => {
  const site = await open(context);
  const noted = { drained: 0, stopped: 0 };
  site.api.listening = {
    ok: true,
    stream: streamOf(VIEW),
    onDrained: () => void (noted.drained += 1),
    stop: () => void (noted.stopped += 1),
  };
  const path = "/api/v1/live/stream-1/audio";
  const ear = await Follower.connect(site, path, "supervisor", { autoPong: false });
  const sink = await site.api.listener;
  const data = new Uint8Array(160);
  let taken = 0;
  const frame = { type: "frame", data, droppedFrames: 0, arrivedMs: 900 } as const;
  while (sink.send({ ...frame, sample: taken * 160 })) taken += 1;
  assert.equal(taken, WINDOW_FRAMES);
  await ear.until(() => ear.frames === WINDOW_FRAMES && ear.messages.length === 2);
  const nowMs = site.clock.wallTimeMs();
  assert.deepEqual(ear.messages[0], {
    ...{ version: 1, type: "timing", sample: 0, arrivedAt: nowMs - 100, sentAt: nowMs },
  });
  const before = noted.drained;
  const answer = Buffer.alloc(8);
  answer.writeBigUInt64BE(50n);
  ear.socket.pong(answer);
  while (noted.drained === before) await new Promise(setImmediate);
  while (sink.send({ ...frame, sample: taken * 160 })) taken += 1;
  assert.equal(taken, WINDOW_FRAMES + 50);
  const closed = once(ear.socket, "close");
  site.clock.advance(STUCK_LIMIT_MS);
  await closed;
  assert.equal(noted.stopped, 1);
  assert.equal(site.api.audited.at(-1)?.result, "stuck");
  const buckets = site.api.metrics.histograms()[0]?.counts ?? [];
  assert.equal(
    buckets.reduce((sum, count) => sum + count, 0),
    taken,
  );
});

test("a page that asks for the time gets it; what is no question is passed over", async (context) => {
  const site = await open(context);
  site.api.listening = {
    ...{ ok: true, stream: streamOf(VIEW) },
    ...{ onDrained: () => undefined, stop: () => undefined },
  };
  const ear = await Follower.connect(site, "/api/v1/live/stream-1/audio");
  await site.api.listener;
  for (const text of ["rubbish", "{}", '{"type":"ping","id":"x"}']) ear.socket.send(text);
  ear.socket.send(JSON.stringify({ type: "ping", id: 7 }));
  const at = site.clock.wallTimeMs();
  assert.deepEqual(await ear.count(1), [{ version: 1, type: "pong", id: 7, at }]);
});
