// TLS by facts: who accepts whom, with the codes that Node gives.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TlsOptions } from "@tapeline/recorder/ports";
import { makeVirtualCertificate, parseVirtualCertificate } from "../../src/world/index.ts";
import { bytes, complete, PBX_ADDRESS, RecordingDelegate, rejectionCode } from "./two-hosts.ts";
import { twoHosts } from "./two-hosts.ts";
import type { TwoHosts } from "./two-hosts.ts";
import { WALL_EPOCH_MS } from "../../src/world/index.ts";

const REMOTE = { host: PBX_ADDRESS, port: 50_796 };
const AUTHORITY = makeVirtualCertificate({ subject: "Example CA" });
const SERVER = makeVirtualCertificate({
  subject: "ipoffice.example",
  issuer: "Example CA",
  altNames: [PBX_ADDRESS],
});
const CLIENT = makeVirtualCertificate({ subject: "recorder", issuer: "Example CA" });
const PIN = parseVirtualCertificate(SERVER)?.sha256 ?? "";

interface Attempt extends TwoHosts {
  readonly code: string;
  readonly serverSide: RecordingDelegate;
  readonly clientSide: RecordingDelegate;
  readonly acceptedSecure: boolean[];
}

async function attempt(
  server: TlsOptions | undefined,
  client: TlsOptions | undefined,
  prepare: (hosts: TwoHosts) => void = () => undefined,
): Promise<Attempt> {
  const hosts = twoHosts();
  const { world, pbx, recorder } = hosts;
  prepare(hosts);
  const serverSide = new RecordingDelegate();
  const clientSide = new RecordingDelegate();
  const acceptedSecure: boolean[] = [];
  const listenOptions = { local: REMOTE, ...(server && { tls: server }) };
  await complete(
    world,
    pbx.ports.tcp.listen(listenOptions, (stream) => {
      acceptedSecure.push(stream.secure);
      return serverSide;
    }),
  );
  const connectOptions = { remote: REMOTE, timeoutMs: 3000, ...(client && { tls: client }) };
  const connecting = recorder.ports.tcp.connect(connectOptions, clientSide);
  const code = await rejectionCode(world, connecting);
  if (code === "not rejected") (await connecting).write(bytes("first words"));
  await world.runFor(20);
  return { ...hosts, code, serverSide, clientSide, acceptedSecure };
}

describe("virtual TLS", () => {
  const server: TlsOptions = { certificate: SERVER };
  const trusted: TlsOptions = { certificateAuthority: AUTHORITY };
  const expired = makeVirtualCertificate({
    subject: "ipoffice.example",
    issuer: "Example CA",
    altNames: [PBX_ADDRESS],
    notAfter: WALL_EPOCH_MS - 1,
  });
  const expiredPin = parseVirtualCertificate(expired)?.sha256 ?? "";
  const mutual: TlsOptions = { ...server, ...trusted, requireClientCertificate: true };
  const strange = makeVirtualCertificate({ subject: "recorder", issuer: "Somebody" });
  const old = makeVirtualCertificate({
    subject: "recorder",
    issuer: "Example CA",
    notAfter: WALL_EPOCH_MS - 1,
  });

  const table: [string, TlsOptions, TlsOptions, string][] = [
    ["a trusted certificate with the address as further name", server, trusted, "not rejected"],
    [
      "the wanted name is the subject",
      server,
      { ...trusted, serverName: "ipoffice.example" },
      "not rejected",
    ],
    [
      "another name is wanted",
      server,
      { ...trusted, serverName: "other.example" },
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    [
      "no authority: the system's know nothing of it",
      server,
      {},
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    [
      "another authority",
      server,
      { certificateAuthority: SERVER },
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    ["verify: false takes any", server, { verify: false }, "not rejected"],
    ["the right pin alone decides", server, { pinSha256: PIN.toUpperCase() }, "not rejected"],
    [
      "the right pin, expired: the pin alone decides",
      { certificate: expired },
      { pinSha256: expiredPin },
      "not rejected",
    ],
    [
      "the wrong pin, though trusted",
      server,
      { ...trusted, pinSha256: "00".repeat(32) },
      "TLS_PIN_MISMATCH",
    ],
    ["an expired certificate", { certificate: expired }, trusted, "CERT_HAS_EXPIRED"],
    ["mutual: no client certificate", mutual, trusted, "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"],
    [
      "mutual: of another authority",
      mutual,
      { ...trusted, certificate: strange },
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    ],
    [
      "mutual: expired",
      mutual,
      { ...trusted, certificate: old },
      "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
    ],
    [
      "mutual: signed by the authority",
      mutual,
      { ...trusted, certificate: CLIENT },
      "not rejected",
    ],
    [
      "a client option that is no certificate",
      server,
      { certificateAuthority: "-----BEGIN" },
      "ERR_OSSL_PEM_NO_START_LINE",
    ],
    [
      "JSON that is no certificate",
      server,
      { certificateAuthority: "[1]" },
      "ERR_OSSL_PEM_NO_START_LINE",
    ],
  ];
  for (const [name, serverTls, clientTls, expected] of table) {
    test(`${name}: ${expected}`, async () => {
      const { code, acceptedSecure, serverSide } = await attempt(serverTls, clientTls);
      assert.equal(code, expected);
      assert.deepEqual(acceptedSecure, expected === "not rejected" ? [true] : []);
      assert.equal(serverSide.text, expected === "not rejected" ? "first words" : "");
    });
  }

  test("expiry is judged by the wall clock of the client's host", async () => {
    const stepYears = ({ recorderHost }: TwoHosts): void =>
      recorderHost.stepClock(20 * 365.25 * 86_400_000);
    const { code } = await attempt(server, trusted, stepYears);
    assert.equal(code, "CERT_HAS_EXPIRED");
  });

  test("a listener needs a certificate", async () => {
    const { world, pbx } = twoHosts();
    const listen = (tls: TlsOptions): Promise<unknown> =>
      pbx.ports.tcp.listen({ local: REMOTE, tls }, () => new RecordingDelegate());
    assert.equal(await rejectionCode(world, listen({})), "ERR_SSL_NO_CERTIFICATE_ASSIGNED");
    const bad = listen({ certificate: "nonsense" });
    assert.equal(await rejectionCode(world, bad), "ERR_OSSL_PEM_NO_START_LINE");
  });

  test("a plain client at a TLS listener is reset at its first bytes, unseen", async () => {
    const { code, clientSide, acceptedSecure, pbx } = await attempt(server, undefined);
    assert.equal(code, "not rejected");
    assert.equal(clientSide.state, "ECONNRESET");
    assert.deepEqual(acceptedSecure, []);
    assert.deepEqual(pbx.leftovers(), ["tcp listener 192.0.2.1:50796"]);
  });

  test("a silent plain client at a TLS listener is reset after two minutes", async () => {
    const { world, pbx, recorder } = twoHosts();
    const listening = pbx.ports.tcp.listen(
      { local: REMOTE, tls: server },
      () => new RecordingDelegate(),
    );
    await complete(world, listening);
    const side = new RecordingDelegate();
    await complete(world, recorder.ports.tcp.connect({ remote: REMOTE, timeoutMs: 500 }, side));
    await world.runFor(119_000);
    assert.equal(side.state, "open");
    await world.runFor(2000);
    assert.equal(side.state, "ECONNRESET");
  });

  test("a TLS client at a plain listener that says nothing times out", async () => {
    const { code, serverSide, clientSide, recorder } = await attempt(undefined, trusted);
    assert.equal(code, "ETIMEDOUT");
    assert.deepEqual([...(serverSide.chunks[0] ?? [])].slice(0, 3), [0x16, 3, 1]);
    assert.equal(serverSide.state, "closed");
    assert.equal(clientSide.state, "open", "the owner's delegate never heard of it");
    assert.deepEqual(recorder.leftovers(), []);
  });

  for (const [name, answer, expected] of [
    ["answers", "write", "EPROTO"],
    ["closes", "close", "ECONNRESET"],
  ] as const) {
    test(`a TLS client at a plain listener that ${name}: ${expected}`, async () => {
      const { world, pbx, recorder } = twoHosts();
      const listening = pbx.ports.tcp.listen({ local: REMOTE }, (stream) => ({
        onData: () => (answer === "write" ? stream.write(bytes("what?")) : stream.close()),
        onClose: () => undefined,
      }));
      await complete(world, listening);
      const connecting = recorder.ports.tcp.connect(
        { remote: REMOTE, timeoutMs: 3000, tls: trusted },
        new RecordingDelegate(),
      );
      assert.equal(await rejectionCode(world, connecting), expected);
    });
  }
});
