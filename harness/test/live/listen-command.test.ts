// `tapeline-recorder listen` as a supervisor runs it: what comes out is what is recorded; one that
// is stopped (SIGSTOP) loses its own frames, is told so, and costs neither a recorded byte nor
// memory (R5). Waits are for counters of the recorder, not for time.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { findFrameTags, FRAME_SAMPLES, type SimulatedIpOffice } from "@tapeline/simulator/pbx";
import { RECORDER_BIN } from "../../src/live/recorder-process.ts";
import {
  keysWith,
  LIVE_TEST_LIMIT_MS,
  liveRecorder,
  metric,
  simulatedIpOffice,
  until,
  untilIdle,
  type LiveRecorder,
} from "./live-fixture.ts";

/** Frames lost until the stopped listener goes on: more than its queue ever holds. */
const LOST_FRAMES = 300;
/** The recorder may grow by so much while its listener is stopped. */
const GROWTH_LIMIT_BYTES = 64 * 1024 * 1024;

interface Scene {
  readonly recorder: LiveRecorder;
  readonly pbx: SimulatedIpOffice;
  readonly keyFile: string;
}

async function scene(context: TestContext): Promise<Scene> {
  const { pbx, devlink3 } = await simulatedIpOffice(context);
  const recorder = await liveRecorder(context, { devlink3: [devlink3] });
  await recorder.start();
  await until("the DevLink3 link", () => pbx.streamingConnections() > 0);
  const keyFile = join(recorder.folder, "key.txt");
  writeFileSync(keyFile, `${recorder.http().token}\n`);
  pbx.placeCall({ from: { number: "+4930123456" }, to: "2001" });
  pbx.answer("2001");
  const legs = () => pbx.truth.conversations.flatMap((conversation) => conversation.legs);
  await until("the recording", () => legs().some(({ answeredMs }) => answeredMs !== null));
  return { recorder, pbx, keyFile };
}

class Listener {
  readonly child: ChildProcess;
  readonly #pieces: Buffer[] = [];
  #told = "";

  constructor(context: TestContext, { recorder, keyFile }: Scene, options: readonly string[]) {
    const where = ["--url", recorder.http().url, "--key-file", keyFile];
    const given = [RECORDER_BIN, "listen", ...options, ...where];
    this.child = spawn(process.execPath, given, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.on("data", (piece: Buffer) => this.#pieces.push(piece));
    this.child.stderr?.on("data", (piece: Buffer) => {
      this.#told += piece.toString();
    });
    context.after(() => this.child.kill("SIGKILL"));
  }

  get audio(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get told(): string {
    return this.#told;
  }

  async ended(): Promise<number | null> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    return child.exitCode;
  }
}

function rssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** The call's recording, when all is done. */
async function recorded({ recorder, pbx }: Scene): Promise<Buffer> {
  pbx.hangUp("2001");
  await untilIdle(recorder);
  const [key] = keysWith(recorder.live, ".vrtx");
  return readFileSync(join(recorder.live, `${key}.ul`));
}

test(
  "R5 a listener stopped for long costs no recorded byte; memory stays; it is told what it lost",
  { timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const stage = await scene(context);
    const stopped = new Listener(context, stage, ["2001"]);
    const beside = new Listener(context, stage, ["2001", "--from", "beginning"]);
    await until("both hear", () => stopped.audio.length > 8_000 && beside.audio.length > 8_000);
    const { pid } = stage.recorder.process();
    const before = rssBytes(pid);
    stopped.child.kill("SIGSTOP");
    const dropped = "listener_frames_dropped_total";
    await until("frames lost", async () => (await metric(stage.recorder, dropped)) >= LOST_FRAMES);
    assert.ok(rssBytes(pid) - before < GROWTH_LIMIT_BYTES, "the recorder's memory grows");
    stopped.child.kill("SIGCONT");
    await until("told of the loss", () => /lost \d+ frames of 20 ms/.test(stopped.told));
    const audio = await recorded(stage);
    assert.deepEqual([await stopped.ended(), await beside.ended()], [0, 0], stopped.told);
    assert.ok(beside.audio.equals(audio), "who listened beside it heard every byte");
    assert.match(beside.told, /the stream has ended: \S+/);
    const lost = Number(/lost (\d+) frames/.exec(stopped.told)?.[1]);
    const heardFrames = new Set(findFrameTags(stopped.audio).map(({ tag }) => tag.frame)).size;
    const spoken = findFrameTags(audio.subarray(audio.length - stopped.audio.length)).length;
    assert.equal(heardFrames + lost, spoken, "each frame is heard or told as lost");
    const tags = findFrameTags(audio);
    for (const [index, { offset, tag }] of tags.entries()) {
      assert.deepEqual([offset, tag.frame], [index * FRAME_SAMPLES, index], "a frame is missing");
    }
  },
);

test(
  "R5 listen by extension, live stream id and recordingKey; as wav; what is refused says why",
  { timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const stage = await scene(context);
    const { streams } = (await stage.recorder.api("/api/v1/live")) as {
      readonly streams: readonly { recordingKey: string; liveStreamId: string }[];
    };
    const [stream] = streams;
    assert.ok(stream !== undefined);
    const byKey = new Listener(context, stage, [stream.recordingKey, "--from", "beginning"]);
    const wav = ["--format", "wav", "--from", "beginning"];
    const byStream = new Listener(context, stage, [stream.liveStreamId, ...wav]);
    const unknown = new Listener(context, stage, ["2999"]);
    assert.equal(await unknown.ended(), 1);
    assert.match(unknown.told, /LISTEN_NO_STREAM.*there are 2001/);
    const noKey = new Listener(context, { ...stage, keyFile: "/no/such/file" }, ["2001"]);
    assert.equal(await noKey.ended(), 2);
    assert.match(noKey.told, /LISTEN_NO_KEY.*--key-file/);
    writeFileSync(stage.keyFile, "tl_wrong");
    const wrong = new Listener(context, stage, ["2001"]);
    assert.equal(await wrong.ended(), 1);
    assert.match(wrong.told, /LISTEN_REFUSED/);
    await until("both hear", () => byKey.audio.length > 8_000 && byStream.audio.length > 16_000);
    const audio = await recorded(stage);
    assert.deepEqual([await byKey.ended(), await byStream.ended()], [0, 0]);
    assert.ok(byKey.audio.equals(audio));
    const header = byStream.audio.subarray(0, 44);
    assert.equal(header.toString("latin1", 0, 4), "RIFF");
    assert.equal(header.readUInt32LE(4), 0xffff_ffff);
    assert.equal(header.readUInt32LE(40), 0xffff_ffff);
    assert.equal(byStream.audio.length, 44 + 2 * audio.length);
    const audit = (await stage.recorder.api("/api/v1/audit?action=listen-end")) as {
      readonly entries: readonly { durationMs: number; from: string; result: string }[];
    };
    assert.equal(audit.entries.length, 2);
    for (const { durationMs, from } of audit.entries) {
      assert.ok(durationMs > 0);
      assert.equal(from, "127.0.0.1");
    }
  },
);
