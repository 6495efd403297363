// `check-config`: what is wrong with the configuration, and what the machine says to it.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { configuration, run } from "./run.ts";

interface Report {
  readonly ok: boolean;
  readonly problems: readonly { path: string; detail: string; remedy: string }[];
  readonly warnings: readonly { path: string }[];
  readonly checks: readonly { path: string; status: string; detail: string }[];
}

async function report(file: string): Promise<{ code: number | null; report: Report }> {
  const { code, stdout, stderr } = await run("check-config", "--config", file, "--json");
  assert.equal(stderr, "");
  return { code, report: JSON.parse(stdout) as Report };
}

/** The machine's word on the encoder is not this test's subject. */
const paths = ({ problems }: Report): string[] =>
  problems.map(({ path }) => path).filter((path) => path !== "encoder.command");

async function takeUdp(context: TestContext): Promise<number> {
  const socket = createSocket("udp4");
  context.after(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket.address().port;
}

async function takeTcp(context: TestContext): Promise<number> {
  const server = createServer();
  context.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

test("a good configuration: no problem but, perhaps, of the encoder; warnings are told", async (context) => {
  const { file } = await configuration(context, {
    devlink3: [{ host: "192.0.2.1", user: "recorder", password: "plain" }],
  });
  const json = await report(file);
  assert.deepEqual(paths(json.report), []);
  assert.equal(json.code, json.report.ok ? 0 : 2);
  assert.ok(json.report.warnings.some(({ path }) => path === "devlink3[0].password"));
  const tried = new Set(json.report.checks.map(({ path }) => path));
  for (const path of [
    "recorder.address",
    "recorder.bind",
    "live.directory",
    "pools[0].drives[0].path",
    "sip.port",
    "rtp.port",
    "http.port",
    "rtp.receiveBufferBytes",
    "encoder.command",
    "clock",
    "file descriptors",
  ]) {
    assert.ok(tried.has(path), `${path} is tried`);
  }
  const room = json.report.checks.find(({ path }) => path === "live.directory");
  assert.match(
    room?.detail ?? "",
    / can be written; .* h of recording, .* with 2,000 calls at once/,
  );
  const plain = await run("check-config", "--config", file);
  assert.match(
    plain.stdout,
    /^warning: devlink3\[0\]\.password stands in the file as plain text\./m,
  );
  assert.match(plain.stdout, json.report.ok ? /^The configuration is good\.$/m : /^problem: /m);
  assert.match(plain.stdout, /^note: .*dl3rec\/1.*recording-control-unavailable/m);
});

test("every problem at once, each with path and remedy", async (context) => {
  const { file } = await configuration(context, {
    recorder: { address: "127.0.0.1", extra: 1 },
    simulation: {},
    pause: { fill: "music" },
  });
  const json = await report(file);
  assert.equal(json.code, 2);
  assert.equal(json.report.ok, false);
  assert.deepEqual(
    json.report.problems.map(({ path }) => path),
    ["recorder.extra", "pause.fill", "recorder.address"],
  );
  for (const { detail, remedy } of json.report.problems) assert.ok(detail !== "" && remedy !== "");
  const plain = await run("check-config", "--config", file);
  assert.equal(plain.code, 2);
  assert.equal(plain.stdout.match(/^problem: /gm)?.length, 3);
});

test("a file with many mistakes: at least five problems at once, with the guide's labels", async (context) => {
  const { file } = await configuration(context, {
    recorder: { address: "localhost", recordFromBeginning: "sometimes", type: "SIPREC" },
    sip: { port: 70_000, transports: ["carrier pigeon"] },
    rtp: { port: 0 },
    devlink3: [{ host: "192.0.2.1", api: "TAPI", tls: "perhaps", user: "recorder" }],
    encoder: { quality: 11 },
    colour: "blue",
  });
  const json = await report(file);
  assert.equal(json.code, 2);
  assert.ok(json.report.problems.length >= 10, String(json.report.problems.length));
  for (const { path, detail, remedy } of json.report.problems) {
    assert.match(remedy, /^\S.*\.$/, `${path} ${detail}`);
  }
  const plain = await run("check-config", "--config", file);
  assert.equal(plain.code, 2);
  for (const label of [
    "API",
    "DevLink3 Use TLS",
    "Record From Beginning",
    "SIP Message Port",
    "Active Recording RTP Port",
  ]) {
    assert.match(plain.stdout, new RegExp(`^problem: .*\\("${label}"\\)`, "m"));
  }
});

test("taken ports, directories that cannot be, missing certificates, no encoder", async (context) => {
  const [sip, rtp, http] = [await takeTcp(context), await takeUdp(context), await takeTcp(context)];
  const { file, directory } = await configuration(context, {
    sip: {
      port: sip,
      transports: ["udp", "tcp", "tls"],
      tls: { cert: "none.pem", key: "none.pem" },
      allow: ["127.0.0.1"],
    },
    rtp: { port: rtp },
    http: { port: http },
    live: { directory: "recorder.yaml/live" },
    pools: [{ name: "main", drives: [{ path: "pool" }, { path: "recorder.yaml/pool" }] }],
    encoder: { command: "./no-such-encoder" },
  });
  const json = await report(file);
  assert.equal(json.code, 2);
  const told = json.report.problems.map(({ path, detail }) => `${path} ${detail}`);
  assert.deepEqual(
    told.map((text) => text.replaceAll(directory, "DIR").replace(/(ENCODER_MISSING).*/s, "$1")),
    [
      "live.directory DIRECTORY_NOT_WRITABLE: DIR/recorder.yaml/live: ENOTDIR",
      "pools[0].drives[1].path DIRECTORY_NOT_WRITABLE: DIR/recorder.yaml/pool: ENOTDIR",
      `sip.port PORT_IN_USE: tcp 127.0.0.1:${sip}`,
      `rtp.port PORT_IN_USE: udp 127.0.0.1:${rtp}`,
      `http.port PORT_IN_USE: tcp 127.0.0.1:${http}`,
      "sip.tls CONFIG_UNREADABLE: DIR/none.pem: ENOENT",
      "encoder.command ENCODER_MISSING",
    ],
  );
});

test("a broken configuration is tried on the machine too, as far as it can be read", async (context) => {
  const taken = await takeUdp(context);
  const { file, directory } = await configuration(context, {
    sip: { port: 0, transports: ["udp", "tcp"], allow: ["127.0.0.1"] },
    rtp: { port: taken },
    live: { directory: "recorder.yaml/live" },
    encoder: { command: "./no-such-encoder", quality: 11 },
    colour: "blue",
  });
  const { code, report: told } = await report(file);
  assert.equal(code, 2);
  assert.deepEqual(
    told.problems.map(({ path, detail }) => `${path} ${detail}`.replaceAll(directory, "DIR")),
    [
      "sip.port is not a port",
      "encoder.quality is too big",
      "colour is not a known key",
      "live.directory DIRECTORY_NOT_WRITABLE: DIR/recorder.yaml/live: ENOTDIR",
      `rtp.port PORT_IN_USE: udp 127.0.0.1:${taken}`,
      "encoder.command ENCODER_MISSING: DIR/no-such-encoder: ENOENT",
    ],
  );
  assert.ok(
    told.checks.every(({ path }) => path !== "sip.port"),
    "nobody knows which port to try",
  );
});

test("an address that is not of this machine", async (context) => {
  const { file } = await configuration(context, {
    recorder: { address: "192.0.2.10", bind: "192.0.2.10" },
    sip: { transports: ["udp"], allow: ["192.0.2.1"] },
  });
  const { report: told } = await report(file);
  assert.ok(told.problems[0]?.detail.startsWith("ADDRESS_NOT_LOCAL: udp 192.0.2.10:5060"));
});

test("ports of a range that are taken are named together", async (context) => {
  const taken = await takeUdp(context);
  const first = taken - (taken % 2);
  const { file } = await configuration(context, { rtp: { range: [first, first + 1] } });
  const { report: told } = await report(file);
  const range = told.problems.find(({ path }) => path === "rtp.range");
  assert.match(
    range?.detail ?? "",
    new RegExp(`^PORT_IN_USE: udp 127.0.0.1: \\d of the range .*${taken}`),
  );
});

test("a file that is not there, or no YAML", async (context) => {
  const { directory } = await configuration(context);
  const missing = join(directory, "none.yaml");
  const none = await report(missing);
  assert.equal(none.code, 2);
  assert.deepEqual(none.report.problems, [
    { path: missing, detail: "cannot be read (ENOENT)", remedy: "Check path and permissions." },
  ]);
  const broken = join(directory, "broken.yaml");
  await writeFile(broken, "recorder: [\n");
  assert.match(paths((await report(broken)).report)[0] ?? "", /^line \d$/);
});
