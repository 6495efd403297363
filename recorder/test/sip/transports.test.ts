// TCP and TLS under the endpoint: framing, answers on the same stream, limits, strangers, closing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SIP_ENDPOINT_LIMITS } from "../../src/sip/endpoint.ts";
import { HELD_REQUESTS_LIMIT } from "../../src/sip/held-requests.ts";
import {
  answerTo,
  CALLER,
  firstLine,
  invite,
  makeFixture,
  request,
  tagOf,
  wireHeader,
  type Fixture,
} from "./endpoint-fixture.ts";
import type { FakePeer } from "./fake-ports.ts";

const LOCAL = { host: "192.0.2.10", port: 5060 };
const VIA = "SIP/2.0/TCP 192.0.2.1:5070;branch=";

async function start(options: Parameters<typeof makeFixture>[0] = {}): Promise<Fixture> {
  const fixture = makeFixture({ transports: ["udp", "tcp"], ...options });
  await fixture.endpoint.start();
  return fixture;
}

function dial(fixture: Fixture, port = 40_001): FakePeer {
  return fixture.tcp.dial(LOCAL, { host: CALLER.host, port });
}

test("a call over TCP: answers on the same stream, in pieces or together, BYE back on it", async () => {
  const fixture = await start();
  const peer = dial(fixture);
  const text = invite({ via: `${VIA}z9hG4bKa` });
  for (const byte of Buffer.from(text)) peer.send(Uint8Array.of(byte));
  const ok = peer.take();
  assert.equal(firstLine(ok), "SIP/2.0 200 OK");
  assert.equal(wireHeader(ok, "Contact"), "<sip:192.0.2.10:5060;transport=tcp>");
  const toTag = tagOf(ok);
  const ack = request("ACK", { toTag, via: `${VIA}z9hG4bKb` });
  const options = request("OPTIONS", { via: `${VIA}z9hG4bKc`, callId: "o" });
  peer.send(ack + options);
  assert.equal(firstLine(peer.take()), "SIP/2.0 200 OK");
  const { session, log } = fixture.first();
  assert.deepEqual([session.transport, session.invite.from], ["tcp", "192.0.2.1:40001"]);
  session.bye();
  const bye = peer.take();
  assert.match(
    bye,
    /^BYE sip:pbx@192\.0\.2\.1:5070 SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP 192\.0\.2\.10:5060;/,
  );
  fixture.clock.advance(3_000);
  assert.equal(peer.take(), "", "nothing is repeated over a reliable transport");
  peer.send(answerTo(bye, "200 OK"));
  assert.deepEqual(log.ends, [{ cause: "local-bye" }]);
  assert.equal(fixture.metrics.get("sip_transactions"), 1, "the accepted INVITE, until timer L");
});

test("RFC 3261 §13.3.1.4: the 2xx is repeated over TCP too, until the ACK", async () => {
  const fixture = await start();
  const peer = dial(fixture);
  peer.send(invite({ via: `${VIA}z9hG4bKa` }));
  peer.take();
  fixture.clock.advance(1_500);
  assert.equal(peer.take().match(/SIP\/2\.0 200 OK/g)?.length, 2);
});

test("RFC 5626 §3.5.1: a double CRLF is answered with one", async () => {
  const fixture = await start();
  const peer = dial(fixture);
  peer.send("\r\n\r\n");
  assert.equal(peer.take(), "\r\n");
});

test("a damaged stream gets 400 if the request can be recognised, and is closed", async () => {
  const fixture = await start();
  const peer = dial(fixture);
  peer.send(
    request("OPTIONS", { via: `${VIA}z9hG4bKa` }).replace(
      "Content-Length: 0",
      "Content-Length: -5",
    ),
  );
  assert.match(peer.take(), /^SIP\/2\.0 400 /);
  assert.ok(peer.isClosed);
  const noise = dial(fixture, 40_002);
  noise.send("x".repeat(70_000));
  assert.equal(noise.take(), "");
  assert.ok(noise.isClosed);
  assert.equal(fixture.metrics.get("sip_connections"), 0);
  assert.equal(fixture.metrics.get("sip_messages_malformed_total"), 2);
});

test("connections above the limit get one 503 and are closed; still more are cut at once", async () => {
  const fixture = await start({ limits: { ...SIP_ENDPOINT_LIMITS, maximumConnections: 1 } });
  const served = dial(fixture);
  const refused = dial(fixture, 40_002);
  refused.send(invite({ via: `${VIA}z9hG4bKa` }));
  assert.match(refused.take(), /^SIP\/2\.0 503 Service Unavailable\r\n[^]*Retry-After: 5/);
  assert.ok(refused.isClosed);
  const silent = Array.from({ length: 9 }, (_, index) => dial(fixture, 41_000 + index));
  assert.deepEqual(
    silent.map(({ isClosed }) => isClosed),
    [...Array<boolean>(8).fill(false), true],
  );
  fixture.clock.advance(5_000);
  assert.ok(
    silent.every(({ isClosed }) => isClosed),
    "silent ones are cut after 5 s",
  );
  assert.equal(fixture.metrics.get("sip_connections_refused_total"), 10);
  served.send(request("OPTIONS", { via: `${VIA}z9hG4bKb` }));
  assert.match(served.take(), /^SIP\/2\.0 200 OK/);
  served.end(null);
  const next = dial(fixture, 42_000);
  next.send(request("OPTIONS", { via: `${VIA}z9hG4bKc` }));
  assert.match(next.take(), /^SIP\/2\.0 200 OK/);
});

test("what came with the message at which a stream ends is not taken", async () => {
  const limits = { ...SIP_ENDPOINT_LIMITS, maximumConnections: 0 };
  const refused = await start({ limits });
  const text = invite({ via: `${VIA}z9hG4bKa` });
  const options = request("OPTIONS", { via: `${VIA}z9hG4bKb`, callId: "o" });
  dial(refused).send(text + options);
  assert.equal(refused.metrics.get("sip_messages_received_total"), 1);
  const closing = await start({ onInvite: () => void closing.endpoint.close() });
  dial(closing).send(text + options);
  assert.equal(closing.metrics.get("sip_messages_received_total"), 1);
});

test("a stranger's connection gets at most one 403 and is closed", async () => {
  const fixture = await start();
  for (const [port, expected] of [
    [1_025, /^SIP\/2\.0 403 Forbidden/],
    [1_026, /^$/],
  ] as const) {
    const stranger = fixture.tcp.dial(LOCAL, { host: "203.0.113.9", port });
    stranger.send(invite({ via: `${VIA}z9hG4bKa` }));
    assert.match(stranger.take(), expected);
    assert.ok(stranger.isClosed);
  }
});

test("a reader that lets 1 MiB pile up is cut off", async () => {
  const fixture = await start();
  const peer = dial(fixture);
  peer.queued = 2_000_000;
  peer.send(request("OPTIONS", { via: `${VIA}z9hG4bKa` }));
  assert.ok(peer.isClosed);
});

test("with the stream gone our BYE goes to the Contact over a new one", async () => {
  const fixture = await start();
  const peer = dial(fixture);
  peer.send(invite({ via: `${VIA}z9hG4bKa` }));
  peer.send(request("ACK", { toTag: tagOf(peer.take()), via: `${VIA}z9hG4bKb` }));
  peer.end(new Error("reset"));
  fixture.tcp.connectFailure = null;
  fixture.first().session.bye();
  await Promise.resolve();
  await Promise.resolve();
  const [dialled] = fixture.tcp.dialled;
  assert.deepEqual(dialled?.stream.remote, { host: "192.0.2.1", port: 5070 });
  const bye = dialled?.take() ?? "";
  assert.match(bye, /^BYE /);
  dialled?.send(answerTo(bye, "200 OK"));
  assert.deepEqual(fixture.first().log.ends, [{ cause: "local-bye" }]);
  await fixture.endpoint.close();
  assert.ok(dialled?.isClosed);
  assert.deepEqual(fixture.clock.names(), []);
});

test("what is repeated while a new stream opens goes out once, when it is open", async () => {
  const fixture = await start();
  const peer = dial(fixture);
  peer.send(invite({ via: `${VIA}z9hG4bKa` }));
  peer.take();
  peer.end(new Error("reset"));
  fixture.tcp.connectFailure = null;
  fixture.clock.advance(500 + 1_000 + 2_000);
  await Promise.resolve();
  await Promise.resolve();
  const [dialled, ...more] = fixture.tcp.dialled;
  assert.deepEqual(more, []);
  assert.equal(dialled?.take().match(/^SIP\/2\.0 200 OK/gm)?.length, 1);
  fixture.clock.advance(4_000);
  assert.match(dialled?.take() ?? "", /^SIP\/2\.0 200 OK/);
  await fixture.endpoint.close();
});

test("with the caller unreachable our BYE fails and the call still ends", async () => {
  const fixture = await start();
  const peer = dial(fixture);
  peer.send(invite({ via: `${VIA}z9hG4bKa` }));
  peer.send(request("ACK", { toTag: tagOf(peer.take()), via: `${VIA}z9hG4bKb` }));
  peer.end(null);
  fixture.first().session.bye();
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.deepEqual(fixture.first().log.ends, [{ cause: "local-bye" }]);
  assert.ok(fixture.log.lines.some(({ fields }) => fields["code"] === "SIP_TRANSPORT_FAILED"));
  await fixture.endpoint.close();
  assert.deepEqual(fixture.clock.names(), []);
});

test("a refusal that can no longer be sent ends its transaction without timers", async () => {
  const fixture = await start({ onInvite: () => {} });
  const peer = dial(fixture);
  peer.send(invite({ via: `${VIA}z9hG4bKa` }));
  peer.end(null);
  fixture.first().session.accept("v=0\r\n");
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  fixture.clock.advance(36_000);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.deepEqual(fixture.first().log.ends, [{ cause: "no-ack" }]);
  const other = dial(fixture, 40_002);
  other.send(invite({ via: `${VIA}z9hG4bKz`, callId: "call-2" }));
  other.end(null);
  fixture.clock.advance(200);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.deepEqual(fixture.logs[1]?.ends, [{ cause: "transport-failed", detail: "transport" }]);
  fixture.clock.advance(64_000);
  assert.deepEqual(fixture.clock.names(), []);
});

test("a TCP call is restored over a new connection", async () => {
  const before = await start();
  const peer = dial(before);
  peer.send(invite({ via: `${VIA}z9hG4bKa` }));
  peer.send(request("ACK", { toTag: tagOf(peer.take()), via: `${VIA}z9hG4bKb` }));
  const { session, log } = before.first();
  const after = await start();
  after.tcp.connectFailure = null;
  const restored = after.endpoint.restore([session.invite, ...log.messages]);
  assert.ok(restored !== null);
  log.follow(restored);
  restored.bye();
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.match(after.tcp.dialled.map(({ text }) => text).join(""), /^BYE /);
});

test("R6: ACK and BYE that come over TCP before their call is restored wait for it", async () => {
  const before = await start();
  const peer = dial(before);
  peer.send(invite({ via: `${VIA}z9hG4bKa` }));
  const toTag = tagOf(peer.take());
  const { session, log } = before.first();
  const messages = [session.invite, ...log.messages];
  const after = await start();
  after.endpoint.isRestoring = true;
  const anew = dial(after);
  anew.send(request("ACK", { toTag, via: `${VIA}z9hG4bKb` }));
  anew.send(request("BYE", { toTag, cseq: 2, via: `${VIA}z9hG4bKc` }));
  assert.equal(anew.take(), "");
  const restored = after.endpoint.restore(messages);
  assert.ok(restored !== null);
  log.follow(restored);
  after.endpoint.isRestoring = false;
  assert.match(anew.take(), /^SIP\/2\.0 200 OK[\s\S]*CSeq: 2 BYE/);
  assert.deepEqual(
    log.messages.slice(-3).map(({ text }) => firstLine(text).split(" ")[0]),
    ["ACK", "BYE", "SIP/2.0"],
  );
  assert.deepEqual(log.ends.at(-1)?.cause, "remote-bye");
});

test("so many requests may wait for their call; the next one is refused, counted, and told", async () => {
  const fixture = await start();
  fixture.endpoint.isRestoring = true;
  const peer = dial(fixture);
  const info = (number: number): string =>
    request("INFO", { toTag: "ours", cseq: number, via: `${VIA}z9hG4bK${number}` });
  for (let number = 1; number <= HELD_REQUESTS_LIMIT; number += 1) peer.send(info(number));
  assert.equal(peer.take(), "");
  peer.send(info(HELD_REQUESTS_LIMIT + 1));
  assert.match(peer.take(), /^SIP\/2\.0 503 Service Unavailable[\s\S]*^Retry-After: [1-9]/m);
  assert.equal(fixture.metrics.get("sip_requests_refused_total"), 1);
  const { fields } = fixture.log.lines.find(({ level }) => level === "error") ?? assert.fail();
  assert.deepEqual([fields["code"], fields["limit"]], ["SIP_LIMIT", "held requests"]);
  const overUdp = request("BYE", { toTag: "ours", cseq: 1, branch: "z9hG4bKudp" });
  assert.deepEqual(fixture.send(overUdp), [], "over UDP it comes again by itself");
});

test("TLS listens on the next port and says so in Contact", async () => {
  const fixture = await start({
    transports: ["udp", "tcp", "tls"],
    tls: { certificate: "c", key: "k" },
  });
  assert.deepEqual(fixture.endpoint.localAddresses(), [
    { transport: "udp", address: { host: "192.0.2.10", port: 5060 } },
    { transport: "tcp", address: { host: "192.0.2.10", port: 5060 } },
    { transport: "tls", address: { host: "192.0.2.10", port: 5061 } },
  ]);
  const from = { host: CALLER.host, port: 40_001 };
  const peer = fixture.tcp.dial({ host: "192.0.2.10", port: 5061 }, from, true);
  peer.send(invite({ via: "SIP/2.0/TLS 192.0.2.1:5071;branch=z9hG4bKa" }));
  assert.equal(wireHeader(peer.take(), "Contact"), "<sip:192.0.2.10:5061;transport=tls>");
  assert.equal(fixture.first().session.transport, "tls");
});

test("port 0: TCP takes the number that UDP got, or another when that is taken", async () => {
  const same = await start({ port: 0 });
  assert.deepEqual(
    same.endpoint.localAddresses().map(({ address }) => address.port),
    [5060, 5060],
  );
  const fixture = makeFixture({ port: 0, transports: ["udp", "tcp"] });
  fixture.tcp.busy.set(5060, "EADDRINUSE");
  await fixture.endpoint.start();
  assert.deepEqual(
    fixture.endpoint.localAddresses().map(({ address }) => address.port),
    [5060, 5061],
  );
});

const TLS = { certificate: "cert", key: "key" };

test("R10 a failed TLS handshake is told with its reason, once a second, and counted", async () => {
  const fixture = await start({ transports: ["tls"], tls: TLS });
  const remote = { host: CALLER.host, port: 40_009 };
  const fail = (code: string): void =>
    fixture.tcp.failHandshake(remote, Object.assign(new Error("words of the system"), { code }));
  const reasons = [
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", /only TLS older than 1\.2 was offered/],
    ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", /showed no certificate/],
    ["SELF_SIGNED_CERT_IN_CHAIN", /certificate is not trusted/],
    ["ERR_SSL_WRONG_VERSION_NUMBER", /does not speak TLS/],
    ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", /refused our certificate/],
    ["ECONNRESET", /^words of the system$/],
  ] as const;
  for (const [code, words] of reasons) {
    fail(code);
    fail(code);
    const last = fixture.log.lines.at(-1);
    assert.equal(last?.fields?.["code"], "SIP_TLS_REFUSED");
    assert.match(String(last.fields["detail"]), words);
    assert.equal(last.fields["remote"], "192.0.2.1:40009");
    fixture.clock.advance(1_000);
  }
  assert.equal(fixture.metrics.get("sip_tls_handshakes_failed_total"), 2 * reasons.length);
  await fixture.endpoint.close();
});

test("R10 a renewed certificate goes to the TLS listener, and to connections that we open", async () => {
  const fixture = await start({ transports: ["tls"], tls: TLS });
  fixture.endpoint.renewTls({ certificate: "new", key: "new" });
  assert.deepEqual(fixture.tcp.renewed, [{ certificate: "new", key: "new" }]);
  await fixture.endpoint.close();
});
