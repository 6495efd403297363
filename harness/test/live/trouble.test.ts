// Bad surroundings, and what they get: a coded message that says what to do, and no recording lost
// (the main job's table of bad input; errors.ts).
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { test, type TestContext } from "node:test";
import { freePort } from "../../src/live/free-ports.ts";
import { RECORDER_BIN } from "../../src/live/recorder-process.ts";
import {
  filesIn,
  HOST,
  journalOf,
  keysWith,
  LIVE_TEST_LIMIT_MS,
  liveRecorder,
  run,
  simulatedIpOffice,
  skipWithout,
  until,
  untilIdle,
  type LiveRecorderOptions,
} from "./live-fixture.ts";
import { refusingIpOffice } from "./scripted-devlink3.ts";

const limits = { timeout: LIVE_TEST_LIMIT_MS };
/** Calls from loopback only: a recorder without an IP Office. */
const ALONE = { devlink3: [] };

/** Starts a recorder that cannot start; what it says, on standard error. */
async function refusal(context: TestContext, options: LiveRecorderOptions): Promise<string> {
  const { configFile } = await liveRecorder(context, options);
  const ended = await run(process.execPath, [RECORDER_BIN, "start", "--config", configFile]);
  assert.equal(ended.code, 2, ended.stderr);
  assert.equal(ended.stdout.length, 0, "it never said that it was ready");
  assert.doesNotMatch(ended.stderr, /^\s+at /m, "a message, not a stack");
  return ended.stderr;
}

async function takenTcpPort(context: TestContext): Promise<number> {
  const server = createServer().listen(await freePort(HOST), HOST);
  await once(server, "listening");
  context.after(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function takenUdpPort(context: TestContext): Promise<number> {
  const socket = createSocket("udp4").bind(await freePort(HOST, true), HOST);
  await once(socket, "listening");
  context.after(() => void socket.close());
  return socket.address().port;
}

test(
  "a port that is taken: PORT_IN_USE with the port and what to do, exit code 2",
  limits,
  async (context) => {
    const [tcp, udp] = [await takenTcpPort(context), await takenUdpPort(context)];
    const told = await Promise.all([
      refusal(context, { ...ALONE, sipPort: tcp }),
      refusal(context, { ...ALONE, sipPort: udp }),
      refusal(context, { ...ALONE, rtp: { port: udp } }),
      refusal(context, { ...ALONE, changes: { http: { port: tcp } } }),
    ]);
    const wanted = [
      `SIP tcp ${HOST}:${tcp}`,
      `SIP udp ${HOST}:${udp}`,
      `RTP ${HOST}:${udp}`,
      `http ${HOST}:${tcp}`,
    ];
    for (const [index, text] of told.entries()) {
      assert.match(text, /PORT_IN_USE: Another program already uses the port/);
      assert.ok(text.includes(wanted[index] ?? "?"), text);
      assert.match(text, /Stop that program .* or configure another port/);
    }
  },
);

test(
  "a directory that cannot be made or written: DIRECTORY_NOT_WRITABLE with its path, exit code 2",
  limits,
  async (context) => {
    const { folder } = await liveRecorder(context, ALONE);
    const file = join(folder, "a-file");
    await writeFile(file, "");
    const impossible: [section: string, directory: string][] = [
      ["live", join(file, "live")],
      ["state", join(file, "state")],
    ];
    // It is there, and not even root can make a file in it.
    if (process.platform === "linux") impossible.push(["live", "/proc"]);
    const told = await Promise.all(
      impossible.map(([section, directory]) =>
        refusal(context, { ...ALONE, changes: { [section]: { directory } } }),
      ),
    );
    for (const [index, text] of told.entries()) {
      assert.match(text, /DIRECTORY_NOT_WRITABLE: A directory cannot be created or written/);
      assert.ok(text.includes(`(${impossible[index]?.[1]}`), text);
      assert.match(text, /give the recorder's user write permission/);
    }
  },
);

test(
  "a wrong DevLink3 password: state refused, one login and no more, and calls are recorded all the same (R25, §5)",
  limits,
  async (context) => {
    const refusing = await refusingIpOffice();
    context.after(() => refusing.close());
    const sipPort = await freePort(HOST);
    const { pbx } = await simulatedIpOffice(context, {
      record: "always",
      recorder: `sip:recorder@${HOST}:${sipPort}`,
    });
    const wrong = { host: HOST, port: refusing.port, user: "recorder", password: "wrong" };
    const recorder = await liveRecorder(context, { devlink3: [wrong], sipPort });
    await recorder.start();
    const link = async (): Promise<Readonly<Record<string, unknown>>> => {
      const { links } = (await recorder.api("/readyz")) as { readonly links: readonly object[] };
      return (links[0] ?? {}) as Readonly<Record<string, unknown>>;
    };
    await until("the link is refused", async () => (await link())["state"] === "refused");
    assert.equal((await link())["code"], "DEVLINK3_AUTHENTICATION_FAILED");

    pbx.placeCall({ from: { number: "+4930123456" }, to: "2001" });
    pbx.answer("2001");
    await until("the call is recorded", () => pbx.isRecording("2001"));
    await until(
      "a second of speech",
      () => pbx.truth.conversations[0]!.legs[0]!.frames.length > 50,
    );
    pbx.hangUp("2001");
    await untilIdle(recorder);
    const [key] = keysWith(recorder.pool, ".spx");
    assert.equal(journalOf(join(recorder.live, `${key}.vrtx`)).at(-1)?.["outcome"], "ok");

    assert.equal((await link())["state"], "refused");
    assert.deepEqual([refusing.logins(), refusing.connections()], [1, 1], "the PBX locks accounts");
    assert.equal(await recorder.process().stop(), 0);
    const server = filesIn(recorder.log).filter((path) => /server\.log/.test(path));
    const lines = server.map((path) => readFileSync(path, "utf8")).join("");
    assert.match(lines, /DEVLINK3_AUTHENTICATION_FAILED/);
    assert.match(lines, /Correct devlink3\.user and devlink3\.password/);
  },
);

test(
  "a missing encoder: the .ul stays, the outcome says so, and once there is one the recording is stored (R6)",
  { ...limits, skip: skipWithout("speexenc", "speexdec") },
  async (context) => {
    const sipPort = await freePort(HOST);
    const { pbx } = await simulatedIpOffice(context, {
      record: "always",
      recorder: `sip:recorder@${HOST}:${sipPort}`,
    });
    const changes = { encoder: { command: "./tools/speexenc" } };
    const recorder = await liveRecorder(context, { ...ALONE, sipPort, changes });
    await recorder.start();
    await until("a warning at the start", () => /ENCODER_MISSING/.test(recorder.process().stderr));
    assert.match(
      recorder.process().stderr,
      /Install the Debian package `speex`, or set encoder\.command/,
    );
    pbx.placeCall({ from: { number: "+4930123456" }, to: "2001" });
    pbx.answer("2001");
    await until("the call is recorded", () => pbx.isRecording("2001"));
    await until(
      "a second of speech",
      () => pbx.truth.conversations[0]!.legs[0]!.frames.length > 50,
    );
    pbx.hangUp("2001");

    const rows = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
      ((await recorder.api("/api/v1/recordings")) as { recordings: [] }).recordings;
    await until("the outcome says so", async () => (await rows())[0]?.["why"] === "encoder-failed");
    assert.equal((await rows())[0]?.["outcome"], "degraded");
    const [key] = keysWith(recorder.live, ".ul");
    assert.deepEqual(keysWith(recorder.live, ".vrtx"), [key]);
    assert.deepEqual(filesIn(recorder.pool), [], "nothing half-made is in the pool");

    await mkdir(join(recorder.folder, "tools"));
    for (const program of ["speexenc", "speexdec"]) {
      await symlink(programPath(program), join(recorder.folder, "tools", program));
    }
    await untilIdle(recorder);
    assert.deepEqual(keysWith(recorder.pool, ".spx"), [key]);
    assert.deepEqual(
      (await rows()).map(({ outcome, why }) => [outcome, why]),
      [["ok", null]],
    );
  },
);

function programPath(program: string): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
  assert.ok(found !== undefined, `${program} is not installed`);
  return found;
}
