// R10, R17, R25 on real TLS: `tapeline-recorder probe` against the simulated IP Office, with
// certificates good and bad. Each failure has its code, its words and its remedy; secrets are never
// sent where the certificate is not trusted.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer, type TlsOptions as NodeTlsOptions } from "node:tls";
import { nodeClock, nodeRandom, nodeTcp, nodeUdp } from "@tapeline/recorder/ports/node";
import { loadSite, SimulatedIpOffice, type SiteInput } from "@tapeline/simulator/pbx";
import { stringify } from "yaml";
import { RECORDER_BIN } from "../../src/live/recorder-process.ts";
import {
  HOST,
  LIVE_TEST_LIMIT_MS,
  newFolder,
  removeFolder,
  run,
  skipWithout,
} from "./live-fixture.ts";
import {
  fingerprintOf,
  makeTestCertificates,
  type CertificateFiles,
  type TestCertificates,
} from "./tls-certificates.ts";

interface Probed {
  readonly loggedIn: boolean;
  readonly state: string;
  readonly version: string | null;
  readonly build: number | "unknown";
  readonly buildSupport: string;
  readonly licence: string;
  readonly recordingControl: string | null;
  readonly flags: { readonly asked: readonly string[]; readonly granted: readonly string[] };
  readonly certificate: { readonly sha256: string } | null;
  readonly problems: readonly { code: string; detail: string; meaning: string; remedy: string }[];
}

const limits = { skip: skipWithout("openssl"), timeout: LIVE_TEST_LIMIT_MS };

describe("DevLink3 over real TLS", limits, () => {
  let folder = "";
  let made: TestCertificates;
  let ports = 0;

  before(async () => {
    folder = await newFolder();
    made = await makeTestCertificates(folder);
  });
  after(() => removeFolder(folder));

  async function office(
    files: CertificateFiles,
    more: { readonly site?: SiteInput; readonly demands?: boolean } = {},
  ): Promise<SimulatedIpOffice> {
    const read = (path: string): Promise<string> => readFile(path, "utf8");
    return new SimulatedIpOffice(
      {
        site: loadSite(more.site ?? {}),
        listen: {
          ...{ host: HOST, devlink3Port: 0, devlink3TlsPort: 0, sipPort: 0, rtpPortBase: 0 },
          tls: {
            certificate: await read(files.cert),
            key: await read(files.key),
            ...(more.demands === true
              ? { certificateAuthority: await read(made.authority), requireClientCertificate: true }
              : {}),
          },
        },
        keepPayloads: false,
      },
      { clock: nodeClock(), random: nodeRandom(), udp: nodeUdp(), tcp: nodeTcp() },
      { onSip: () => undefined, onDevLink3: () => undefined },
    );
  }

  async function probePort(
    port: number,
    tls: unknown,
    user = { user: "recorder", password: "Passw0rd!" },
  ): Promise<{ code: number | null; link: Probed; text: string }> {
    const file = join(folder, `recorder-${ports++}.yaml`);
    const devlink3 = [{ host: HOST, port, tls, ...user }];
    const simulation = { allowLoopback: true };
    await writeFile(file, stringify({ recorder: { address: HOST }, devlink3, simulation }));
    const probe = [RECORDER_BIN, "probe", "--config", file];
    const { code, stdout, stderr } = await run(process.execPath, [...probe, "--json"]);
    assert.doesNotMatch(stderr, /Warning/);
    const { links } = JSON.parse(stdout.toString()) as { readonly links: readonly Probed[] };
    const [link] = links;
    assert.ok(link !== undefined && links.length === 1);
    return { code, link, text: stdout.toString() };
  }

  async function probe(pbx: SimulatedIpOffice, tls: unknown) {
    try {
      const { devlink3 } = await pbx.start();
      const result = await probePort(devlink3.tlsPort ?? 0, tls);
      return { ...result, logins: pbx.devlink3Counters.packetsReceived };
    } finally {
      await pbx.close();
    }
  }

  test("good: logged in, and everything that the IP Office answered is printed", async () => {
    const { code, link } = await probe(await office(made.server), { ca: made.authority });
    assert.equal(code, 0);
    assert.deepEqual([link.loggedIn, link.build, link.buildSupport], [true, 23, "supported"]);
    assert.deepEqual([link.licence, link.recordingControl], ["granted", "dl3rec/1"]);
    assert.deepEqual(link.flags.granted, ["-SIPTrack"]);
    assert.equal(link.certificate?.sha256, await fingerprintOf(made.server.cert));
    assert.deepEqual(link.problems, []);
  });

  const refusals: readonly (readonly [
    name: string,
    code: string,
    words: RegExp,
    setting: () => { readonly files: CertificateFiles; readonly tls: unknown },
  ])[] = [
    [
      "wrong authority",
      "DEVLINK3_CERTIFICATE_UNTRUSTED",
      /verify|issuer/i,
      () => ({ files: made.server, tls: { ca: made.otherAuthority } }),
    ],
    [
      "the system's authorities",
      "DEVLINK3_CERTIFICATE_UNTRUSTED",
      /verify|issuer/i,
      () => ({ files: made.server, tls: true }),
    ],
    [
      "expired",
      "DEVLINK3_CERTIFICATE_EXPIRED",
      /expired/,
      () => ({ files: made.expired, tls: { ca: made.authority } }),
    ],
    [
      "another host",
      "DEVLINK3_CERTIFICATE_HOSTNAME",
      /127\.0\.0\.1|pbx\.example\.com/,
      () => ({ files: made.otherHost, tls: { ca: made.authority } }),
    ],
    [
      "wrong pin",
      "DEVLINK3_PIN_MISMATCH",
      /[0-9a-f]{64}/,
      () => ({ files: made.server, tls: { pinSha256: "ab".repeat(32) } }),
    ],
  ];
  for (const [name, code, words, setting] of refusals) {
    test(`${name}: ${code} with its remedy, and no byte of DevLink3 is sent`, async () => {
      const { files, tls } = setting();
      const result = await probe(await office(files), tls);
      assert.deepEqual([result.code, result.link.loggedIn], [1, false]);
      const [problem] = result.link.problems;
      assert.equal(problem?.code, code);
      assert.match(problem.detail, words);
      assert.ok(problem.meaning.length > 20 && problem.remedy.length > 20);
      assert.equal(result.logins, 0);
    });
  }

  test("pinned: the pin alone decides, even for an expired certificate", async () => {
    const pinSha256 = await fingerprintOf(made.expired.cert);
    const { code, link } = await probe(await office(made.expired), { pinSha256 });
    assert.deepEqual([code, link.loggedIn], [0, true]);
  });

  test("mutual: an IP Office that demands a certificate gets ours, or says what it misses", async () => {
    const pbx = await office(made.server, { demands: true });
    const good = await probe(pbx, { ca: made.authority, ...made.client });
    assert.deepEqual([good.code, good.link.loggedIn], [0, true]);
    const other = await office(made.server, { demands: true });
    const none = await probe(other, { ca: made.authority });
    assert.equal(none.code, 1);
    assert.equal(none.link.problems[0]?.code, "DEVLINK3_CLIENT_CERTIFICATE_REFUSED");
  });

  test("PLAIN over TLS is answered, and the password is printed nowhere", async () => {
    const site = { devlink3: { challenge: "plain" } } as const;
    const { code, link, text } = await probe(await office(made.server, { site }), {
      ca: made.authority,
    });
    assert.deepEqual([code, link.loggedIn], [0, true]);
    assert.doesNotMatch(text, /Passw0rd/);
  });

  test("R17 an old build is marked; R25 a missing licence is shown", async () => {
    const version = "IP Office 11.0.0.0 build 22";
    const old = await probe(await office(made.server, { site: { version } }), {
      ca: made.authority,
    });
    assert.deepEqual(
      [old.code, old.link.build, old.link.buildSupport],
      [0, 22, "unsupported-build"],
    );
    const site = { devlink3: { licences: 0 } };
    const unlicensed = await probe(await office(made.server, { site }), { ca: made.authority });
    assert.deepEqual([unlicensed.code, unlicensed.link.licence], [1, "missing"]);
  });

  test("an IP Office that speaks TLS 1.1 only is refused, with the reason", async () => {
    const old: NodeTlsOptions = {
      cert: await readFile(made.server.cert),
      key: await readFile(made.server.key),
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    };
    const server = createServer(old);
    server.on("tlsClientError", () => undefined);
    server.listen(0, HOST);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, link } = await probePort(port, { ca: made.authority });
    server.close();
    assert.equal(code, 1);
    assert.equal(link.problems[0]?.code, "DEVLINK3_TLS_VERSION");
    assert.match(link.problems[0].remedy, /TLS 1\.2/);
  });
});
