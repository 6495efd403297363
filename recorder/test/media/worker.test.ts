// The media plane as it runs live: a worker thread with real sockets on loopback and real files.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { Worker } from "node:worker_threads";
import { linesOfType, parseJournal } from "../../src/audio/journal.ts";
import type { MediaCommand, MediaEvent } from "../../src/ports/index.ts";
import { assertBytes, negotiation } from "./plane-bench.ts";
import { FRAME, frames, packet, range } from "./rtp-builder.ts";

const LOOPBACK = "127.0.0.1";

test("commands and events cross the thread; audio, files and listeners agree byte for byte", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "tapeline-media-"));
  const worker = new Worker(new URL("../../src/media/worker.ts", import.meta.url));
  const sender = createSocket("udp4");
  t.after(async () => {
    sender.close();
    await worker.terminate();
    await rm(directory, { recursive: true });
  });
  const events: MediaEvent[] = [];
  worker.on("message", (event: MediaEvent) => events.push(event));
  const post = (command: MediaCommand): void => worker.postMessage(command);
  const event = async <T extends MediaEvent["type"]>(type: T) => {
    for (;;) {
      const found = events.find((one) => one.type === type);
      if (found !== undefined) return found as Extract<MediaEvent, { type: T }>;
      await once(worker, "message");
    }
  };
  sender.bind(0, LOOPBACK);
  await once(sender, "listening");
  post({
    type: "start",
    options: {
      bindHost: LOOPBACK,
      rtp: { port: 0 },
      liveDirectory: join(directory, "live"),
      receiveBufferBytes: 4_194_304,
      pause: { fill: "tone", guardMs: 200 },
      allowedHosts: [LOOPBACK],
    },
  });
  const { rtpPort } = await event("ready");
  post({
    type: "open",
    recordingKey: "live",
    header: {
      type: "header",
      format: "tapeline-vrtx",
      version: 1,
      recordingKey: "live",
      sipCallId: "c",
    },
    entries: [],
    negotiation: negotiation({
      remote: { host: LOOPBACK, port: sender.address().port },
      signallingHost: LOOPBACK,
    }),
  });
  const opened = await event("opened");
  assert.equal(opened.rtpPort, rtpPort);
  post({ type: "listen", recordingKey: "live" });
  for (const n of range(0, 20)) sender.send(packet(n), rtpPort ?? 0, LOOPBACK);
  await event("audio");
  for (const n of range(20, 50)) sender.send(packet(n), rtpPort ?? 0, LOOPBACK);
  const heardBytes = (): number =>
    events.reduce((sum, one) => sum + (one.type === "audio" ? one.data.length : 0), 0);
  while (heardBytes() < 50 * 160) await once(worker, "message");
  post({ type: "close", recordingKey: "live" });
  const closed = await event("closed");
  assert.equal(closed.statistics.packetsReceived, 50);
  post({ type: "finish", recordingKey: "live", end: { type: "end", reason: "x", outcome: "ok" } });
  await event("finished");
  post({ type: "stop" });
  await event("stopped");
  const audio = await readFile(join(directory, "live", "live.ul"));
  assertBytes(new Uint8Array(audio).subarray(0, 50 * FRAME), frames(range(0, 50)));
  const heard = events.flatMap((one) => (one.type === "audio" ? [...one.data] : []));
  assertBytes(Uint8Array.from(heard).subarray(0, 50 * FRAME), frames(range(0, 50)));
  const journal = parseJournal(await readFile(join(directory, "live", "live.vrtx")));
  assert.deepEqual(
    journal.lines.filter(({ type }) => type !== "gap").map(({ type }) => type),
    ["header", "media", "end"],
  );
  // A machine that closes the call more than 200 ms after the last packet fills a tail.
  const tails = linesOfType(journal.lines, "gap");
  const filled = tails.reduce((sum, { samples }) => sum + samples, 0);
  assert.ok(tails.every(({ cause }) => cause === "tail"));
  assert.equal(audio.length, 50 * FRAME + filled);
});
