// `testbed validate` where everything speaks TLS, on real sockets: SIP over TLS of the standalone
// recorder, DevLink3 with TLS of `testbed pbx`, its certificate by its authority, and the login.
// R9, R10, R15, T3
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { ValidationItem, ValidationResult } from "@tapeline/reports";
import { freePort } from "../../src/live/free-ports.ts";
import {
  HOST,
  LIVE_TEST_LIMIT_MS,
  liveRecorder,
  newFolder,
  removeFolder,
  REPOSITORY,
  run,
  skipWithout,
} from "./live-fixture.ts";
import { brokenItems, codeOf } from "./timed-items.ts";
import { makeTestCertificates } from "./tls-certificates.ts";

const MAIN = join(REPOSITORY, "harness/src/main.ts");

interface Office {
  readonly devlink3: {
    readonly port: number;
    readonly tlsPort: number;
    readonly user: string;
    readonly password: string;
    readonly ca: string;
  };
}

/** `testbed pbx`, until the test ends. */
async function office(context: TestContext): Promise<Office> {
  const child = spawn(process.execPath, [MAIN, "pbx", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(async () => {
    child.kill();
    await once(child, "close");
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return JSON.parse(line.toString().split("\n")[0] ?? "") as Office;
}

test(
  "SIP over TLS, DevLink3 with TLS, its certificate and the login are measured, and are good",
  { skip: skipWithout("openssl"), timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const folder = await newFolder();
    context.after(() => removeFolder(folder));
    const { server } = await makeTestCertificates(folder);
    const [{ devlink3 }, sipPort] = [await office(context), await freePort(HOST, true)];
    const recorder = await liveRecorder(context, {
      devlink3: [{ host: HOST, port: 9, user: "recorder", password: "Passw0rd!" }],
      sipPort,
      changes: { sip: { transports: ["udp", "tcp", "tls"], tls: server } },
    });
    await recorder.start();
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, devlink3.password);
    const given = [
      ...["--recorder", `sip:${HOST}:${sipPort}`, "--transports", "udp,tcp,tls"],
      ...["--ipoffice", `${HOST}:${devlink3.port}`, "--ca", devlink3.ca],
      ...["--devlink3-tls-port", String(devlink3.tlsPort), "--user", devlink3.user],
      ...["--password-file", passwordFile],
      ...["--calls", "1", "--minutes", "0.1", "--json", "--out", folder],
    ];
    const { stdout, stderr, code } = await run(process.execPath, [MAIN, "validate", ...given], {
      cwd: folder,
    });
    const result = JSON.parse(stdout.toString()) as ValidationResult;
    const { items } = result;
    const item = (id: string): ValidationItem => {
      const found = items.find((one) => one.id === id);
      assert.ok(found !== undefined, `${id}: ${stderr}`);
      return found;
    };
    const good = [
      ...["sip.tls.options", "sip.tls.invite-small", "sip.tls.invite-large", "sip.tls.bye"],
      ...["pbx.devlink3-tcp", "pbx.devlink3-tls", "pbx.certificate", "pbx.login"],
    ];
    for (const id of good) assert.equal(item(id).verdict, "pass", `${id}: ${item(id).measured}`);
    assert.match(item("pbx.certificate").measured, /valid to \d{4}-\d\d-\d\d \(\d+ days\)/);
    assert.deepEqual(brokenItems(result), []);
    assert.equal(code, codeOf(result), stderr);
  },
);
