// `testbed validate` as it is typed: what it refuses, what a dry run prints, and whole runs on real
// sockets against the standalone recorder and against SIPp as the far end. T3, R9, R15, R23
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { nodeUdp } from "@tapeline/recorder/ports/node";
import type { ValidationResult } from "@tapeline/reports";
import { runCli } from "../../src/cli/cli.ts";
import { freePort } from "../../src/live/free-ports.ts";
import { findSipp } from "../../src/sipp/run-sipp.ts";
import { HOST, LIVE_TEST_LIMIT_MS, REPOSITORY, skipWithout } from "../live/live-fixture.ts";
import { brokenItems, codeOf } from "../live/timed-items.ts";

const MAIN = join(REPOSITORY, "harness/src/main.ts");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** In this process: what is only read, refused or planned needs none of its own. */
async function inProcess(context: TestContext, ...given: readonly string[]): Promise<Ended> {
  const written = { stdout: "", stderr: "" };
  const kept = (["stdout", "stderr"] as const).map((name) => {
    const write = process[name].write.bind(process[name]);
    return context.mock.method(process[name], "write", (piece: string | Uint8Array) => {
      // The test runner's own reports to its parent are bytes.
      if (typeof piece !== "string") return write(piece);
      written[name] += piece;
      return true;
    });
  });
  try {
    return { code: await runCli(["validate", ...given]), ...written };
  } finally {
    for (const { mock } of kept) mock.restore();
  }
}

/** As a process, without a Chromium: the PDF is proved by the browser tests. */
async function testbed(...given: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, "validate", ...given], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: "/usr/sbin:/sbin" },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece: Buffer) => void (stdout += piece.toString()));
  child.stderr.on("data", (piece: Buffer) => void (stderr += piece.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "tapeline-validate-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("a public address is refused without --i-may, with code 2", async (context) => {
  const { code, stderr } = await inProcess(context, "--recorder", "sip:8.8.8.8", "--dry-run");
  assert.equal(code, 2);
  assert.match(stderr, /8\.8\.8\.8 is a public address\. Add --i-may/);
  const office = ["--recorder", "sip:192.0.2.10", "--ipoffice", "9.9.9.9", "--dry-run"];
  assert.match((await inProcess(context, ...office)).stderr, /9\.9\.9\.9 is a public address/);
});

test("mistakes are told in a sentence, with code 2", async (context) => {
  const recorder = ["--recorder", "sip:127.0.0.1"];
  for (const [given, words] of [
    [["--recorder", "http://x"], /no SIP URI/],
    [[...recorder, "--minutes", "0"], /--minutes 0 cannot be used/],
    [[...recorder, "--ramp", "1..3", "--for", "1d"], /give one of them/],
    [[...recorder, "--site", "/nowhere.yaml"], /cannot be read/],
    [[...recorder, "--user", "x"], /--ipoffice/],
  ] as const) {
    const { code, stderr } = await inProcess(context, ...given);
    assert.equal(code, 2, stderr);
    assert.match(stderr, words);
  }
});

test("a dry run prints what would be sent to whom, and sends nothing", async (context) => {
  let received = 0;
  const count = { onDatagram: () => void (received += 1), onError: () => undefined };
  const socket = await nodeUdp().bind({ local: { host: HOST, port: 0 } }, count);
  context.after(() => socket.close());
  const uri = `sip:${HOST}:${socket.local.port}`;
  const given = ["--recorder", uri, "--calls", "3", "--minutes", "2", "--dry-run"];
  const { code, stdout } = await inProcess(context, ...given);
  assert.equal(code, 0);
  assert.match(stdout, /nothing was sent/);
  assert.match(stdout, /RTP of 3 calls.*18,000 packets +3,600,000 bytes +240 kbit\/s +120 s/);
  assert.match(stdout, new RegExp(`${HOST}:${socket.local.port}`));
  const json = JSON.parse((await inProcess(context, ...given, "--json")).stdout) as {
    traffic: unknown[];
  };
  assert.ok(json.traffic.length > 3);
  assert.equal(received, 0);
});

describe("whole runs", { concurrency: 2 }, () => {
  test(
    "SIPp is a far end like any: its calls are answered, its echo counts, and no alarm is false",
    {
      skip: skipWithout("sipp"),
      timeout: LIVE_TEST_LIMIT_MS,
    },
    async (context) => {
      const directory = await folder(context);
      const [port, media] = [await freePort(HOST), await freePort(HOST)];
      const program = findSipp(process.env["PATH"] ?? "") ?? "sipp";
      const place = ["-i", HOST, "-p", String(port), "-mi", HOST, "-mp", String(media)];
      const sipp = spawn(program, ["-sn", "uas", ...place, "-rtp_echo", "-nostdin"], {
        cwd: directory,
        stdio: "ignore",
      });
      context.after(async () => {
        sipp.kill("SIGKILL");
        if (sipp.exitCode === null && sipp.signalCode === null) await once(sipp, "close");
      });
      const given = ["--recorder", `sip:${HOST}:${port}`, "--calls", "1", "--minutes", "0.1"];
      const { code, stdout, stderr } = await testbed(...given, "--json", "--out", directory);
      const result = JSON.parse(stdout) as ValidationResult;
      assert.deepEqual(brokenItems(result), []);
      assert.equal(code, codeOf(result), stderr);
      const verdict = (id: string) => result.items.find((item) => item.id === id)?.verdict;
      assert.equal(verdict("sip.udp.invite-small"), "pass");
      assert.equal(verdict("sip.udp.invite-large"), "pass");
      assert.equal(verdict("sip.udp.bye"), "pass");
      // SIPp answers no OPTIONS, and sends no receiver reports: both are said.
      assert.equal(verdict("sip.udp.options"), "warn");
      assert.equal(verdict("media.rtp-reach"), "pass");
      assert.equal(verdict("media.loss"), "not-measured");
    },
  );

  test(
    "nobody there: exit code 1, a remedy with port and addresses, and the report's files",
    {
      timeout: LIVE_TEST_LIMIT_MS,
    },
    async (context) => {
      const directory = await folder(context);
      const port = await freePort(HOST);
      const given = ["--recorder", `sip:${HOST}:${port}`, "--calls", "1", "--minutes", "0.1"];
      const { code, stdout } = await testbed(...given, "--out", directory);
      assert.equal(code, 1);
      assert.match(stdout, new RegExp(`from ${HOST} to ${HOST} UDP port ${port} are rejected`));
      const file = await readFile(join(directory, "validation.json"), "utf8");
      const result = JSON.parse(file) as ValidationResult;
      assert.equal(result.verdict, "fail");
      const { html, captures } = result.artifacts;
      assert.match(await readFile(html ?? "", "utf8"), /Not fit yet/);
      assert.ok((await readFile(captures[0] ?? "")).length > 500);
    },
  );
});
