// SIP over TLS on real sockets (R3, R10): baresip, a third party's phone, calls the recorder by TLS
// and is recorded, with plain RTP and with SRTP; its certificate is renewed in mid-call without a
// restart; callers that speak old TLS, or show no certificate where one is demanded, are refused
// with the reason in the log.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { freePort } from "../../src/live/free-ports.ts";
import {
  filesIn,
  HOST,
  journalOf,
  keysWith,
  linesOf,
  LIVE_TEST_LIMIT_MS,
  liveRecorder,
  newFolder,
  removeFolder,
  sipTitles,
  skipWithout,
  speexSamples,
  until,
  untilIdle,
  type LiveRecorder,
} from "./live-fixture.ts";
import { fingerprintOf, makeTestCertificates, type TestCertificates } from "./tls-certificates.ts";

const UNREACHABLE = { host: HOST, port: 9, user: "recorder", password: "Passw0rd!" };
const SAMPLES_A_SECOND = 8_000;
const TONE_HZ = 440;

interface Bench {
  readonly recorder: LiveRecorder;
  readonly made: TestCertificates;
  /** What the configuration names; a test may replace it. */
  readonly files: { readonly cert: string; readonly key: string };
  readonly folder: string;
  readonly tlsPort: number;
}

async function bench(context: TestContext, tls: object = {}): Promise<Bench> {
  const folder = await newFolder();
  context.after(() => removeFolder(folder));
  const made = await makeTestCertificates(folder);
  const files = { cert: join(folder, "in-use.pem"), key: join(folder, "in-use.key") };
  await copyFile(made.server.cert, files.cert);
  await copyFile(made.server.key, files.key);
  // SIP over TLS is on the port after it.
  const sipPort = await freePort(HOST, true);
  const sip = { transports: ["tls"], tls: { ...files, ca: made.authority, ...tls } };
  const recorder = await liveRecorder(context, {
    ...{ devlink3: [UNREACHABLE], sipPort },
    changes: { sip },
  });
  await recorder.start();
  return { recorder, made, files, folder, tlsPort: sipPort + 1 };
}

/** A second of tone, over and over: 8 kHz, 16 bits, mono. */
function toneFile(seconds: number): Buffer {
  const samples = seconds * SAMPLES_A_SECOND;
  const wav = Buffer.alloc(44 + 2 * samples);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + 2 * samples, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(SAMPLES_A_SECOND, 24);
  wav.writeUInt32LE(2 * SAMPLES_A_SECOND, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * samples, 40);
  for (let sample = 0; sample < samples; sample++) {
    const value = 8_000 * Math.sin((2 * Math.PI * TONE_HZ * sample) / SAMPLES_A_SECOND);
    wav.writeInt16LE(Math.round(value), 44 + 2 * sample);
  }
  return wav;
}

/** Calls the recorder by TLS, and plays the tone until it is told to quit; what it says. */
async function baresip(
  context: TestContext,
  { folder, made, tlsPort }: Bench,
  media: "plain" | "srtp" = "plain",
): Promise<{ readonly phone: ChildProcess; readonly said: readonly string[] }> {
  const home = join(folder, "baresip");
  await mkdir(home);
  await writeFile(join(home, "tone.wav"), toneFile(60));
  const security = media === "srtp" ? ["srtp.so"] : [];
  const modules = ["stdio.so", "g711.so", "aufile.so", ...security].map((name) => `module ${name}`);
  const lines = [
    "module_path /usr/lib/baresip/modules",
    ...modules,
    "module_tmp account.so",
    "module_app menu.so",
    `sip_listen ${HOST}:0`,
    `sip_cafile ${made.authority}`,
    "sip_verify_server yes",
    `audio_source aufile,${join(home, "tone.wav")}`,
    `audio_player aufile,${join(home, "heard.wav")}`,
    `audio_alert aufile,${join(home, "alert.wav")}`,
    `net_interface ${HOST}`,
    "",
  ];
  await writeFile(join(home, "config"), lines.join("\n"));
  // "mand": RTP/SAVP, and nothing beside it.
  const encryption = media === "srtp" ? ";mediaenc=srtp-mand" : "";
  const account = `<sip:201@${HOST};transport=tls>;regint=0;audio_codecs=pcmu${encryption}\n`;
  await writeFile(join(home, "accounts"), account);
  const uri = `sip:recorder@${HOST}:${tlsPort};transport=tls`;
  const phone = spawn("baresip", ["-f", home, "-e", `/dial ${uri}`], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, HOME: home },
  });
  context.after(() => phone.kill("SIGKILL"));
  const said: string[] = [];
  phone.stdout?.on("data", (piece: Buffer) => said.push(piece.toString()));
  phone.stderr?.on("data", (piece: Buffer) => said.push(piece.toString()));
  return { phone, said };
}

/** It hangs up, and the recorder has nothing left to do: the recording's key. */
async function hangUp(phone: ChildProcess, recorder: LiveRecorder): Promise<string> {
  const left = once(phone, "exit");
  phone.stdin?.write("/quit\n");
  phone.kill("SIGTERM");
  await left;
  await untilIdle(recorder);
  return keysWith(recorder.live, ".vrtx")[0] ?? "";
}

async function recordingOf(recorder: LiveRecorder, samples: number): Promise<string> {
  const audio = (): string | undefined =>
    filesIn(recorder.live).find((path) => path.endsWith(".ul"));
  const isThere = async (): Promise<boolean> => {
    const path = audio();
    return path !== undefined && (await readFile(path)).length >= samples;
  };
  await until("audio is recorded", isThere);
  return audio() ?? "";
}

async function shownCertificate(port: number, options: ConnectionOptions): Promise<string> {
  const client = connectTls({ host: HOST, port, ...options });
  await once(client, "secureConnect");
  const shown = client.getPeerCertificate().fingerprint256.replaceAll(":", "").toLowerCase();
  client.destroy();
  return shown;
}

/** Details of the warnings that say why callers were refused. */
async function refusals(recorder: LiveRecorder): Promise<readonly string[]> {
  const text = await readFile(join(recorder.log, "library.log"), "utf8");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line.includes("SIP_TLS_REFUSED"))
    .map((line) => String((JSON.parse(line) as { readonly detail: unknown }).detail));
}

test(
  "baresip over SIP-TLS records a call; the certificate is renewed meanwhile (R3, R4, R6, R10)",
  { skip: skipWithout("baresip", "openssl", "speexdec"), timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const made = await bench(context);
    const { recorder, files, tlsPort } = made;
    const ca = await readFile(made.made.authority);
    const { phone, said } = await baresip(context, made);
    const path = await recordingOf(recorder, SAMPLES_A_SECOND).catch((error: unknown) => {
      throw new Error(said.join(""), { cause: error });
    });
    assert.equal(
      await shownCertificate(tlsPort, { ca }),
      await fingerprintOf(made.made.server.cert),
    );
    await copyFile(made.made.renewed.cert, files.cert);
    await copyFile(made.made.renewed.key, files.key);
    process.kill(recorder.process().pid, "SIGHUP");
    const renewed = await fingerprintOf(made.made.renewed.cert);
    await until(
      "new connections get the new certificate",
      async () => (await shownCertificate(tlsPort, { ca })) === renewed,
    );
    const before = (await readFile(path)).length;
    await recordingOf(recorder, before + SAMPLES_A_SECOND);
    const key = await hangUp(phone, recorder);
    const journal = journalOf(join(recorder.live, `${key}.vrtx`));
    assert.deepEqual(
      [...new Set(linesOf(journal, "sip").map((line) => line["transport"]))],
      ["tls"],
    );
    assert.ok(sipTitles(journal).some((title) => title.startsWith("in BYE ")));
    const audio = await readFile(join(recorder.live, `${key}.ul`));
    assert.ok(audio.length >= 2 * SAMPLES_A_SECOND, `${audio.length} samples`);
    assert.ok(
      crossingsASecond(audio) > 2 * TONE_HZ - 20 && crossingsASecond(audio) < 2 * TONE_HZ + 20,
    );
    const [stored = ""] = filesIn(recorder.pool).filter((file) => file.endsWith(".spx"));
    assert.ok(Math.abs((await speexSamples(stored)) - audio.length) <= 160);
  },
);

test(
  "baresip with mediaenc=srtp-mand is recorded, and its key is nowhere afterwards (R3, R4, R6)",
  { skip: skipWithout("baresip", "openssl", "speexdec"), timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const made = await bench(context);
    const { recorder } = made;
    const { phone, said } = await baresip(context, made, "srtp");
    await recordingOf(recorder, 3 * SAMPLES_A_SECOND).catch((error: unknown) => {
      throw new Error(said.join(""), { cause: error });
    });
    const key = await hangUp(phone, recorder);
    const journal = journalOf(join(recorder.live, `${key}.vrtx`));
    const texts = linesOf(journal, "sip").map((line) => String(line["text"]));
    const answer = texts.find((text) => text.startsWith("SIP/2.0 200")) ?? "";
    assert.match(answer, /^m=audio \d+ RTP\/SAVP 0 /m);
    assert.match(answer, /^a=crypto:\d+ AES_CM_128_HMAC_SHA1_(?:80|32) inline:\*/m);
    const audio = await readFile(join(recorder.live, `${key}.ul`));
    assert.ok(
      crossingsASecond(audio) > 2 * TONE_HZ - 20 && crossingsASecond(audio) < 2 * TONE_HZ + 20,
    );
    const [statistics] = linesOf(journal, "statistics");
    assert.equal(statistics?.["packetsStray"], 0);
    for (const path of [...filesIn(recorder.live), ...filesIn(recorder.log)]) {
      assert.doesNotMatch(await readFile(path, "latin1"), /inline:[A-Za-z0-9+/]{40}/, path);
    }
    const [stored = ""] = filesIn(recorder.pool).filter((file) => file.endsWith(".spx"));
    assert.ok(Math.abs((await speexSamples(stored)) - audio.length) <= 160);
  },
);

/** Changes of sign in the second second of µ-law: twice the tone's frequency. */
function crossingsASecond(audio: Buffer): number {
  const second = audio.subarray(SAMPLES_A_SECOND, 2 * SAMPLES_A_SECOND);
  let crossings = 0;
  for (let at = 1; at < second.length; at++) {
    // Bit 7 is the sign.
    if (((second[at] ?? 0) ^ (second[at - 1] ?? 0)) & 0x80) crossings++;
  }
  return crossings;
}

test(
  "R10 old TLS, no TLS, and callers without the demanded certificate are refused, with the reason",
  { skip: skipWithout("openssl"), timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const { recorder, made, tlsPort } = await bench(context, { requireClientCertificate: true });
    const ca = await readFile(made.authority);
    for (const version of ["TLSv1", "TLSv1.1"] as const) {
      const old = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" };
      await assert.rejects(shownCertificate(tlsPort, { ca, ...old }), /protocol version/);
      const count = async (): Promise<number> => (await refusals(recorder)).length;
      await until(
        `${version} is told`,
        async () => (await count()) >= (version === "TLSv1" ? 1 : 2),
      );
      // The log tells one a second.
      await until("a second has passed", await aSecond());
    }
    const told = await refusals(recorder);
    assert.ok(
      told.every((detail) => detail.startsWith("only TLS older than 1.2 was offered")),
      told.join(),
    );
    const stranger = connectTls({ host: HOST, port: tlsPort, ca });
    stranger.on("error", () => undefined);
    await new Promise((resolve) => stranger.once("close", resolve));
    await until("the missing certificate is told", async () =>
      (await refusals(recorder)).some((detail) =>
        detail.startsWith("the caller showed no certificate"),
      ),
    );
    const cert = await readFile(made.client.cert);
    const key = await readFile(made.client.key);
    assert.equal(
      await shownCertificate(tlsPort, { ca, cert, key }),
      await fingerprintOf(made.server.cert),
    );
  },
);

/** A condition that holds a second from now. */
function aSecond(): Promise<() => boolean> {
  const endMs = performance.now() + 1_050;
  return Promise.resolve(() => performance.now() >= endMs);
}
