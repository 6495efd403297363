// The real TCP port, plain and with TLS, on loopback sockets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { before, describe, test } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { nodeTcp } from "../../../src/ports/node/tcp.ts";
import type {
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  TlsOptions,
} from "../../../src/ports/index.ts";
import { makeCertificates, missingOpenssl, type Certificates } from "./certificates.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const tcp = nodeTcp();

class End implements TcpStreamDelegate {
  text = "";
  readonly closes: (Error | null)[] = [];
  #wake: () => void = () => undefined;

  onData(data: Uint8Array): void {
    this.text += new TextDecoder("latin1").decode(data);
    this.#wake();
  }

  onClose(error: Error | null): void {
    this.closes.push(error);
    this.#wake();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

/** A listener that keeps what it accepted. */
async function listen(tls?: TlsOptions) {
  const accepted: { stream: TcpStream; end: End }[] = [];
  const failed: string[] = [];
  const arrivals = new End();
  const onHandshakeFailed = (remote: { host: string }, error: Error): void => {
    failed.push(`${remote.host} ${"code" in error ? String(error.code) : error.message}`);
    arrivals.onData(new Uint8Array());
  };
  const listener: TcpListener = await tcp.listen(
    { local: LOOPBACK, ...(tls === undefined ? {} : { tls }), onHandshakeFailed },
    (stream) => {
      const end = new End();
      accepted.push({ stream, end });
      arrivals.onData(new Uint8Array());
      return end;
    },
  );
  const first = async () => {
    await arrivals.until(() => accepted.length > 0);
    const [only] = accepted;
    assert.ok(only);
    return only;
  };
  return { listener, accepted, first, failed, arrivals };
}

async function connect(port: number, tls?: TlsOptions, host = "127.0.0.1") {
  const end = new End();
  const remote = { host, port };
  const options = { remote, timeoutMs: 120_000, ...(tls === undefined ? {} : { tls }) };
  return { stream: await tcp.connect(options, end), end };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("plain streams", () => {
  test("bytes go both ways, and close in order ends both sides once", async () => {
    const { listener, first } = await listen();
    const client = await connect(listener.local.port);
    const server = await first();
    client.stream.write(bytes("hello"));
    await server.end.until(() => server.end.text === "hello");
    server.stream.write(bytes("there"));
    server.stream.close();
    server.stream.close();
    await client.end.until(() => client.end.closes.length > 0);
    await server.end.until(() => server.end.closes.length > 0);
    assert.equal(client.end.text, "there");
    assert.deepEqual(client.end.closes, [null]);
    assert.deepEqual(server.end.closes, [null]);
    assert.deepEqual(client.stream.remote, listener.local);
    assert.deepEqual(server.stream.remote, client.stream.local);
    assert.equal(client.stream.secure, false);
    client.stream.write(bytes("too late"));
    client.stream.close();
    client.stream.destroy();
    assert.equal(client.end.closes.length, 1);
    await listener.close();
  });

  test("what is queued is sent before the end", async () => {
    const { listener, first } = await listen();
    const client = await connect(listener.local.port);
    const server = await first();
    // More than the kernel takes at once, and little for the 5 s in which a closed stream must end.
    const payload = "x".repeat(4_000_000);
    client.stream.write(bytes(payload));
    assert.ok(client.stream.queuedBytes() > 0);
    client.stream.close();
    await server.end.until(() => server.end.closes.length > 0);
    assert.equal(server.end.text.length, payload.length);
    await listener.close();
  });

  test("a destroyed stream closes here without error", async () => {
    const { listener, first } = await listen();
    const client = await connect(listener.local.port);
    const server = await first();
    client.stream.destroy();
    await client.end.until(() => client.end.closes.length > 0);
    await server.end.until(() => server.end.closes.length > 0);
    assert.deepEqual(client.end.closes, [null]);
    await listener.close();
  });

  test("a reset by the peer is told with its error", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const client = await connect(port);
    client.stream.write(bytes("hello"));
    await client.end.until(() => client.end.closes.length > 0);
    assert.equal((client.end.closes[0] as NodeJS.ErrnoException | null)?.code, "ECONNRESET");
    server.close();
  });

  test("a closed listener accepts no more; streams already open stay", async () => {
    const { listener, first } = await listen();
    const client = await connect(listener.local.port);
    const server = await first();
    await listener.close();
    await assert.rejects(connect(listener.local.port), { code: "ECONNREFUSED" });
    client.stream.write(bytes("still here"));
    await server.end.until(() => server.end.text === "still here");
    client.stream.destroy();
    await server.end.until(() => server.end.closes.length > 0);
  });

  test("a port in use rejects with EADDRINUSE", async () => {
    const { listener } = await listen();
    await assert.rejects(
      tcp.listen({ local: listener.local }, () => new End()),
      { code: "EADDRINUSE" },
    );
    await listener.close();
  });

  test("a peer that does not answer is given up after the timeout", async () => {
    // A TLS client waits for a handshake that a plain listener never begins.
    const { listener } = await listen();
    const remote = { host: "127.0.0.1", port: listener.local.port };
    const attempt = tcp.connect({ remote, timeoutMs: 30, tls: { verify: false } }, new End());
    await assert.rejects(attempt, { code: "ETIMEDOUT" });
    await listener.close();
  });
});

describe("TLS streams", { skip: missingOpenssl() }, () => {
  let made: Certificates;
  before(() => {
    made = makeCertificates();
  });
  const serverTls = (): TlsOptions => made.server;

  test("a certificate of the given authority is accepted, by name and by address", async () => {
    const { listener, first } = await listen(serverTls());
    const tls = { certificateAuthority: made.authority };
    const client = await connect(listener.local.port, tls);
    assert.equal(client.stream.secure, true);
    const server = await first();
    assert.equal(server.stream.secure, true);
    client.stream.write(bytes("secret"));
    await server.end.until(() => server.end.text === "secret");
    client.stream.close();
    await client.end.until(() => client.end.closes.length > 0);
    const named = await connect(listener.local.port, { ...tls, serverName: "localhost" });
    named.stream.destroy();
    await listener.close();
  });

  test("an unknown authority, a wrong name and an expired certificate each have their code", async () => {
    const { listener } = await listen(serverTls());
    const { port } = listener.local;
    await assert.rejects(connect(port, {}), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
    await assert.rejects(
      connect(port, { certificateAuthority: made.authority, serverName: "pbx.example" }),
      { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    );
    await listener.close();
    const old = await listen(made.expired);
    await assert.rejects(
      connect(old.listener.local.port, { certificateAuthority: made.authority }),
      { code: "CERT_HAS_EXPIRED" },
    );
    await old.listener.close();
  });

  test("a pin alone decides: right for an expired certificate, wrong for a good one", async () => {
    const old = await listen(made.expired);
    const colons = made.expired.sha256.toUpperCase().replace(/(..)(?!$)/g, "$1:");
    const client = await connect(old.listener.local.port, { pinSha256: colons });
    client.stream.destroy();
    await old.listener.close();
    const good = await listen(serverTls());
    await assert.rejects(
      connect(good.listener.local.port, {
        pinSha256: made.expired.sha256,
        certificateAuthority: made.authority,
      }),
      { code: "TLS_PIN_MISMATCH" },
    );
    await good.listener.close();
  });

  test("verify: false accepts any certificate", async () => {
    const { listener } = await listen(made.expired);
    const client = await connect(listener.local.port, { verify: false });
    client.stream.destroy();
    await listener.close();
  });

  test("a listener can demand a client certificate of its authority", async () => {
    const demanding: TlsOptions = {
      ...serverTls(),
      certificateAuthority: made.authority,
      requireClientCertificate: true,
    };
    const { listener, first, accepted } = await listen(demanding);
    const trust = { certificateAuthority: made.authority };
    const refused = await connect(listener.local.port, trust).catch((error: Error) => error);
    // With TLS 1.3 the refusal comes after the client believes to be connected.
    if (!(refused instanceof Error)) {
      await refused.end.until(() => refused.end.closes.length > 0);
      assert.notEqual(refused.end.closes[0], null);
    }
    assert.equal(accepted.length, 0);
    const client = await connect(listener.local.port, { ...trust, ...made.client });
    const server = await first();
    client.stream.write(bytes("known"));
    await server.end.until(() => server.end.text === "known");
    client.stream.destroy();
    await listener.close();
  });

  test("a listener with a pin takes that client only", async () => {
    const tls = { ...serverTls(), pinSha256: made.client.sha256 };
    const { listener, first, accepted } = await listen(tls);
    const trust = { certificateAuthority: made.authority };
    const other = await connect(listener.local.port, { ...trust, ...made.server });
    await other.end.until(() => other.end.closes.length > 0);
    assert.equal(accepted.length, 0);
    const client = await connect(listener.local.port, { ...trust, ...made.client });
    await first();
    client.stream.destroy();
    await listener.close();
  });

  test("bytes that are not TLS disturb nobody but their sender", async () => {
    const { listener, first } = await listen(serverTls());
    const { port } = listener.local;
    const plain = await connect(port);
    plain.stream.write(bytes("GET / HTTP/1.1\r\n\r\n"));
    await plain.end.until(() => plain.end.closes.length > 0);
    const client = await connect(port, { certificateAuthority: made.authority });
    await first();
    client.stream.destroy();
    await listener.close();
  });

  test("R10 a renewed certificate goes to new streams; the open one goes on", async () => {
    const { listener, first, accepted } = await listen(made.expired);
    const { port } = listener.local;
    const before = await connect(port, { pinSha256: made.expired.sha256 });
    const server = await first();
    listener.renew(made.server);
    assert.throws(() => listener.renew({ ...made.server, key: made.client.key }), /mismatch/);
    assert.throws(() => tcp.checkTls({ certificate: "nonsense", key: "nonsense" }));
    const after = await connect(port, { certificateAuthority: made.authority });
    assert.equal(after.stream.certificate?.sha256, made.server.sha256);
    assert.match(after.stream.certificate.subject, /CN=server/);
    before.stream.write(bytes("still here"));
    await server.end.until(() => server.end.text === "still here");
    assert.equal(before.stream.certificate?.sha256, made.expired.sha256);
    before.stream.destroy();
    after.stream.destroy();
    await listener.close();
    assert.ok(accepted.length >= 1);
  });

  for (const version of ["TLSv1", "TLSv1.1"] as const) {
    test(`R10 ${version} is refused, at both ends, and the reason is told`, async () => {
      const { listener, failed, arrivals, accepted } = await listen(serverTls());
      const old = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" };
      const client = connectTls({ ...listener.local, ...old, rejectUnauthorized: false });
      const [refusal] = (await once(client, "error")) as [Error & { code: string }];
      assert.match(refusal.code, /PROTOCOL_VERSION/);
      await arrivals.until(() => failed.length > 0);
      assert.deepEqual(failed, ["127.0.0.1 ERR_SSL_UNSUPPORTED_PROTOCOL"]);
      assert.equal(accepted.length, 0);
      await listener.close();
      const { certificate: cert, key } = made.server;
      const server = createTlsServer({ cert, key, ...old });
      server.on("tlsClientError", () => undefined);
      await once(server.listen(LOOPBACK), "listening");
      const { port } = server.address() as AddressInfo;
      await assert.rejects(connect(port, { certificateAuthority: made.authority }), {
        code: /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION/,
      });
      server.close();
    });
  }

  test("certificates that cannot be read are refused with a code", async () => {
    await assert.rejects(listen({ certificate: "nonsense", key: "nonsense" }), (error: Error) => {
      return "code" in error && typeof error.code === "string";
    });
  });
});
