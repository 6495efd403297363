// R5: listening over WebRTC: the signalling over HTTP, with a stand-in of the engine.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { RecorderError } from "../../src/errors.ts";
import { parsed, refused } from "../../src/parsed.ts";
import type { EarDelegate, ListeningEngine } from "../../src/ports/index.ts";
import { Site, streamOf, VIEW } from "./fakes.ts";

const PATH = "/api/v1/live/stream-1/webrtc";

class StandIn implements ListeningEngine {
  readonly name = "stand-in";
  readonly sent: number[] = [];
  closed = 0;
  delegate: EarDelegate | null = null;

  open(offer: string, delegate: EarDelegate) {
    if (offer === "broken") return Promise.resolve(refused("bad-sdp", 0, "Offer better."));
    if (offer === "absent") return Promise.reject(new RecorderError("WEBRTC_UNAVAILABLE", "x"));
    this.delegate = delegate;
    return Promise.resolve(
      parsed({
        answer: "v=0 answer",
        send: (sample: number) => void this.sent.push(sample),
        close: () => void (this.closed += 1),
      }),
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function scene(context: TestContext) {
  const engine = new StandIn();
  const noted = { stopped: 0 };
  const site = await Site.open(context, (api) => {
    Object.assign(api.live, { engine });
    api.active = [VIEW];
    api.listening = {
      ok: true,
      stream: streamOf(VIEW),
      onDrained: () => undefined,
      stop: () => void (noted.stopped += 1),
    };
  });
  return { site, engine, noted };
}

const frame = {
  type: "frame",
  data: new Uint8Array(160),
  droppedFrames: 0,
  arrivedMs: null,
} as const;

test("an offer is answered; frames follow; DELETE ends it; both ends are audited", async (context) => {
  const { site, engine, noted } = await scene(context);
  const { status, body } = await site.ask("POST", PATH, "supervisor", { sdp: "v=0" });
  assert.equal(status, 201);
  const { listener, ...rest } = body as { readonly listener: string };
  assert.deepEqual(rest, {
    ...{ version: 1, engine: "stand-in", sdp: "v=0 answer" },
    ...{ recordingKey: VIEW.recordingKey, liveStreamId: VIEW.liveStreamId },
  });
  const sink = await site.api.listener;
  assert.equal(sink.send({ ...frame, sample: 160 }), true);
  assert.deepEqual(engine.sent, [160]);
  const foreign = await site.ask("DELETE", `${PATH}/${listener}`, "manager");
  assert.equal(foreign.status, 404);
  assert.equal((await site.ask("DELETE", `${PATH}/${listener}`, "supervisor")).status, 200);
  assert.equal((await site.ask("DELETE", `${PATH}/${listener}`, "supervisor")).status, 404);
  assert.deepEqual([engine.closed, noted.stopped], [1, 1]);
  assert.deepEqual(site.api.deeds(), ["listen stream-1 ok", "listen-end stream-1 left"]);
  assert.equal(site.api.audited[0]?.detail, "webrtc, now");
});

test("the end of the stream ends it, after what is on its way was heard", async (context) => {
  const { site, engine, noted } = await scene(context);
  await site.ask("POST", PATH, "supervisor", { sdp: "v=0" });
  const sink = await site.api.listener;
  const end = { reason: "remote-bye", samples: 320, next: null, droppedFrames: 0 };
  assert.equal(sink.send({ type: "end", ...end }), true);
  assert.deepEqual([engine.closed, noted.stopped], [0, 1]);
  site.clock.advance(1_000);
  assert.equal(engine.closed, 1);
  assert.deepEqual(site.api.deeds(), ["listen stream-1 ok", "listen-end stream-1 remote-bye"]);
});

test("a listener that falls silent is taken off", async (context) => {
  const { site, engine, noted } = await scene(context);
  await site.ask("POST", PATH, "supervisor", { sdp: "v=0" });
  engine.delegate?.onConnected();
  engine.delegate?.onClosed("lost");
  assert.equal(noted.stopped, 1);
  assert.deepEqual(site.api.deeds(), ["listen stream-1 ok", "listen-end stream-1 lost"]);
});

for (const [sdp, status, code] of [
  ["broken", 422, "bad-sdp"],
  ["absent", 501, "WEBRTC_UNAVAILABLE"],
  ["", 400, "bad-body"],
] as const) {
  test(`an offer "${sdp}" is refused with ${status}`, async (context) => {
    const { site } = await scene(context);
    const answer = await site.ask("POST", PATH, "supervisor", { sdp });
    assert.equal(answer.status, status);
    assert.equal((answer.body as { error: { code: string } }).error.code, code);
  });
}

for (const [code, status] of [
  ["not-found", 404],
  ["limit-per-recording", 503],
  ["limit-in-all", 503],
] as const) {
  test(`who may not listen is told ${code} with ${status}, and the ear is closed`, async (context) => {
    const { site, engine } = await scene(context);
    site.api.listening = { ok: false, code };
    const answer = await site.ask("POST", PATH, "supervisor", { sdp: "v=0" });
    assert.equal(answer.status, status);
    assert.equal((answer.body as { error: { code: string } }).error.code, code);
    assert.equal(engine.closed, 1);
  });
}

test("without an engine there is no such route", async (context) => {
  const site = await Site.open(context);
  const answer = await site.ask("POST", PATH, "supervisor", { sdp: "v=0" });
  assert.equal(answer.status, 404);
});
