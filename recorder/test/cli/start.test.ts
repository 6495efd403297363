// `start`: what it refuses, with which words and exit code, leaving nothing behind; and a start and
// stop in order.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test, type TestContext } from "node:test";
import { CommandLine, configuration, run } from "./run.ts";

async function takeUdp(context: TestContext): Promise<number> {
  const socket = createSocket("udp4");
  context.after(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket.address().port;
}

test("a bad configuration: every problem on standard error, exit 2", async (context) => {
  const { file } = await configuration(context, {
    recorder: { address: "127.0.0.1" },
    simulation: {},
    pause: { fill: "music" },
  });
  const { code, stdout, stderr } = await run("start", "--config", file);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^pause\.fill is not a known value\. Use one of tone, silence\.$/m);
  assert.match(stderr, /^recorder\.address 127\.0\.0\.1 is a loopback or wildcard address/m);
  const missing = await run("start", "--config", `${file}.none`);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /cannot be read \(ENOENT\)/);
});

const REFUSALS: readonly [
  name: string,
  changes: (context: TestContext) => Promise<Readonly<Record<string, unknown>>>,
  expected: RegExp,
][] = [
  [
    "the SIP port is taken",
    async (context) => ({ sip: { port: await takeUdp(context), allow: ["127.0.0.1"] } }),
    /^PORT_IN_USE: /,
  ],
  [
    "the RTP port is taken",
    async (context) => ({ rtp: { port: await takeUdp(context) } }),
    /^PORT_IN_USE: /,
  ],
  [
    "the HTTP port is taken",
    async (context) => {
      const server = createServer();
      context.after(() => server.close());
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      assert.ok(typeof address === "object" && address !== null);
      return { http: { port: address.port } };
    },
    /^PORT_IN_USE: /,
  ],
  [
    "the live directory cannot be made",
    () => Promise.resolve({ live: { directory: "recorder.yaml/live" } }),
    /^DIRECTORY_NOT_WRITABLE: .*recorder\.yaml\/live: ENOTDIR/,
  ],
  [
    "a certificate is missing",
    () =>
      Promise.resolve({
        devlink3: [{ host: "127.0.0.1", user: "u", password: "${HOME}", tls: { ca: "none.pem" } }],
      }),
    /^CONFIG_UNREADABLE: .*none\.pem: ENOENT/,
  ],
];

for (const [name, changes, expected] of REFUSALS) {
  test(`${name}: a coded message, exit 2, nothing left running`, async (context) => {
    const { file } = await configuration(context, await changes(context));
    // That the process ends by itself shows that nothing was left.
    const { code, stdout, stderr } = await run("start", "--config", file);
    const message = stderr
      .split("\n")
      .filter((line) => !line.startsWith("warning:"))
      .join("\n");
    assert.match(message, expected);
    assert.deepEqual([code, stdout], [2, ""], stderr);
  });
}

test("started, it says where it is to be found; told to stop, it ends with 0", async (context) => {
  const { file, directory } = await configuration(context);
  const recorder = new CommandLine(["start", "--config", file]);
  const text = await recorder.output(/No API key yet/);
  assert.match(text, /^Tapeline recorder "recorder-1" is ready\.$/m);
  assert.ok(text.includes(`live  ${directory}/data/live`));
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  recorder.signal("SIGTERM");
  const { code, stderr } = await recorder.ended;
  assert.equal(code, 0, stderr);
});
